import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { errorCodes } from "@org/auth-core";

/** Where the table is kept. */
export const errorDocsUrl: URL = new URL("../docs/errors.md", import.meta.url);

const head = `# Error codes

Every error that these packages reject with has one of these codes. They are frozen once released, so a script or a
\`switch\` can rely on them. *Retryable* means that the same call may succeed later with nothing changed.

Written by \`pnpm docs:errors\` from the table in packages/core/src/error-codes.ts; change it there.

| code | meaning | what to do | retryable |
| --- | --- | --- | --- |`;

/** The table of all error codes as people read it: `docs/errors.md`. */
export function errorDocs(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { meaning, whatToDo, retryable }]) =>
      `| \`${code}\` | ${meaning} | ${whatToDo} | ${retryable === true ? "yes" : "no"} |`,
  );
  return `${head}\n${rows.join("\n")}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes("--write")) writeFileSync(errorDocsUrl, errorDocs());
  else process.stdout.write(errorDocs());
}
