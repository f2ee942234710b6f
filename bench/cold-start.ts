import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { homeWithLogin, type LoginFrom } from "./home-with-login.ts";
import { interleaved } from "./interleaved.ts";
import { row, type MeasurementOptions, type Row } from "./measurement.ts";
import { canMeasureCpu, cpuMs, wallMs, type Program } from "./run-program.ts";

const binary = join(import.meta.dirname, "../packages/cli/dist/bin.cjs");

/** The configuration file is parsed as well when there is one. */
const goals: Readonly<Record<LoginFrom, number>> = { environment: 1.05, listing: 1.05, configuration: 1.15 };

/** What `org-auth token` takes when the stored token is fresh, against a program with nothing in it. */
export async function coldStart({ pairs }: MeasurementOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const from of ["environment", "listing", "configuration"] as const) rows.push(...(await measure(from, pairs)));
  return rows;
}

async function measure(from: LoginFrom, pairs: number): Promise<readonly Row[]> {
  const home = await homeWithLogin(from);
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
      rows.push(
        row({ name: `cached token by ${from} / empty program, ${kind}`, unit: "ms", goal: goals[from] }, samples),
      );
    }
    return rows;
  } finally {
    home.remove();
  }
}
