import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";

const config = (compatibilityDate: string): string => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${compatibilityDate}",
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

/**
 * Runs a worker, whose whole code is one module, in workerd as it was on a day. Gives its origin; it ends with the test.
 */
export async function startWorker(code: string, compatibilityDate: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-workerd-"));
  writeFileSync(join(folder, "config.capnp"), config(compatibilityDate));
  writeFileSync(join(folder, "worker.js"), code);
  const { default: workerd } = createRequire(import.meta.url)("workerd") as { readonly default: string };
  const child = spawn(workerd, ["serve", join(folder, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  // It tells there, line by line, where it listens. The lines end when it does.
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const { event, port } = JSON.parse(line) as { readonly event?: string; readonly port?: number };
    if (event === "listen") return `http://127.0.0.1:${String(port)}`;
  }
  throw new Error("workerd has ended");
}
