import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { homeWithLogin, type HomeWithLogin, type LoginFrom } from "./home-with-login.ts";
import { interleaved } from "./interleaved.ts";
import { row, unmeasuredRow, type MeasurementOptions, type Row } from "./measurement.ts";
import { canMeasureCpu, cpuMs, wallMs, type Program } from "./run-program.ts";
import { hasKeyring, sealedHomeWithLogin } from "./sealed-home-with-login.ts";

const binary = join(import.meta.dirname, "../packages/cli/dist/bin.cjs");

/** The configuration file is parsed as well when there is one. */
const goals: Readonly<Record<LoginFrom, number>> = { environment: 1.05, listing: 1.05, configuration: 1.15 };

/** The keyring is asked, and what it seals is opened. */
const sealedGoal = 1.5;

/** What `org-auth token` takes when the stored token is fresh, against a program with nothing in it. */
export async function coldStart({ pairs }: MeasurementOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const from of ["environment", "listing", "configuration"] as const) {
    const home = await homeWithLogin(from);
    rows.push(...(await measure({ name: `cached token by ${from}`, goal: goals[from] }, home, pairs)));
  }
  const sealed = { name: "cached token, sealed by a key in the keyring", goal: sealedGoal };
  if (hasKeyring) rows.push(...(await measure(sealed, await sealedHomeWithLogin(), pairs)));
  else rows.push(unmeasuredRow(sealed));
  return rows;
}

async function measure(
  { name, goal }: { readonly name: string; readonly goal: number },
  home: Omit<HomeWithLogin, "remove"> & { remove(): Promise<void> | void },
  pairs: number,
): Promise<readonly Row[]> {
  try {
    const empty = join(home.folder, "empty.cjs");
    writeFileSync(empty, "");
    const token: Program = { args: [binary, "token"], env: home.env, stdout: `${home.token}\n` };
    const nothing: Program = { args: [empty], env: home.env, stdout: "" };

    const rows: Row[] = [];
    for (const [kind, sample] of [["wall", wallMs], ...(canMeasureCpu ? [["CPU", cpuMs] as const] : [])] as const) {
      const samples = await interleaved(
        pairs,
        () => sample(token),
        () => sample(nothing),
      );
      rows.push(row({ name: `${name} / empty program, ${kind}`, unit: "ms", goal }, samples));
    }
    return rows;
  } finally {
    await home.remove();
  }
}
