import { closureOf } from "./installed-closure.ts";
import { plainRow, type MeasurementOptions, type Row } from "./measurement.ts";

const ours = [["@org/auth-core"], ["@org/auth-core", "@org/auth-flows"], ["@org/auth-client"]];
const others = ["openid-client", "google-auth-library", "@azure/msal-node", "@azure/identity"];

/** What is in a project's `node_modules` once a package is installed there. */
export async function installedSize({ installed }: MeasurementOptions): Promise<readonly Row[]> {
  const closures = [
    ...ours.map((names) => ({ names, ...closureOf(installed.ours, names) })),
    ...others.map((name) => ({ names: [name], ...closureOf(installed.peers, [name]) })),
  ];
  return closures.flatMap(({ names, packages, bytes }) => [
    plainRow({ name: `${names.join(" + ")} installed, packages`, unit: "" }, [packages]),
    plainRow({ name: `${names.join(" + ")} installed, size`, unit: "KB" }, [bytes / 1000]),
  ]);
}
