#!/usr/bin/env node
// The program's entry. It is bundled into one small CommonJS file, because that is what starts as fast as an empty
// program; all but a stored token's way out is loaded only when it is needed.
import { fstatSync, writeSync } from "node:fs";
import { cachedToken } from "./cached-token.ts";

const args = process.argv.slice(2);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

void (async () => {
  if (major < 22 || (major === 22 && minor < 13)) {
    writeSync(2, `error: this needs Node 22.13 or newer; this is Node ${process.versions.node}\n`);
    process.exitCode = 1;
    return;
  }
  // A terminal gets a note as well. Asking `node:tty` would load streams and sockets.
  const isTerminal = fstatSync(1).isCharacterDevice();
  let failure: unknown;
  const token = isTerminal
    ? undefined
    : await cachedToken(args, process.env).catch((error: unknown) => {
        failure = error;
        return undefined;
      });
  if (token === undefined) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- see there
    const { loadBinMain } = require("./load-bin-main.ts") as typeof import("./load-bin-main.ts");
    const { failProcess, runProcess } = await loadBinMain();
    await (failure === undefined ? runProcess(args) : failProcess(failure));
  } else {
    writeSync(1, `${token}\n`);
    // Nothing is left to be done, and to take the runtime apart takes longer than to leave it.
    process.exit();
  }
})().catch((error: unknown) => {
  // The whole program reports its own errors; it could not even be loaded.
  writeSync(2, `error: ${String(error)} [unexpected]\n`);
  process.exitCode = 1;
});
