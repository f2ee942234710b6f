import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { row, type MeasurementOptions, type Row } from "./measurement.ts";
import { roundRobin } from "./round-robin.ts";
import { wallMs } from "./run-program.ts";

const [core, coreAndFlows, client] = ["@org/auth-core", "@org/auth-core + @org/auth-flows", "@org/auth-client"];
const others = ["openid-client", "google-auth-library", "@azure/msal-node", "@azure/identity"];

/** What a whole program takes that imports a package and does nothing else, against one that imports nothing. */
export async function importCost({ pairs, installed }: MeasurementOptions): Promise<readonly Row[]> {
  const programs = {
    nothing: program(installed.ours, ""),
    ...Object.fromEntries(
      ["empty-package", core, coreAndFlows, "ky", client].map((names) => [names, program(installed.ours, names)]),
    ),
    ...Object.fromEntries(others.map((name) => [name, program(installed.peers, name)])),
  };
  const samples = await roundRobin(
    pairs,
    Object.fromEntries(
      Object.entries(programs).map(([name, path]) => [name, () => wallMs({ args: [path], env: {}, stdout: "" })]),
    ),
  );

  const compared = (name: string, reference: string, goal?: number): Row =>
    row(
      { name: `program that imports ${name} / ${reference}`, unit: "ms", goal },
      { values: samples[name] ?? [], references: samples[reference] ?? [] },
    );
  return [
    // The least that any package can cost: Node looks for it, and finds nothing in it.
    compared("empty-package", "nothing"),
    compared(core, "nothing", 1.08),
    compared(coreAndFlows, "nothing", 1.25),
    compared(client, "ky", 1.1),
    ...[client, ...others].map((name) => compared(name, "nothing")),
  ];
}

/** A program in a project that imports packages of it, such as `a + b`. */
function program(project: string, names: string): string {
  const folder = join(project, "programs");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${names.replaceAll(/\W+/g, "-")}.mjs`);
  const imports = names === "" ? [] : names.split(" + ").map((name) => `import "${name}";\n`);
  writeFileSync(path, imports.join(""));
  return path;
}
