/**
 * Lets the process exit although a native call is under way that may never end: Node waits for the thread that runs it,
 * even in `process.exit()`. What it makes is put around each such call.
 *
 * Where the process cannot be replaced (Windows, Node before 22.15) it ends by a signal, and its status with it.
 */
export function exitDespite(): <Result>(call: Promise<Result>) => Promise<Result> {
  let underWay = 0;

  return async (call) => {
    if (underWay++ === 0) process.on("exit", leave);
    try {
      return await call;
    } finally {
      if (--underWay === 0) process.off("exit", leave);
    }
  };
}

function leave(status: number): void {
  if (!process.getBuiltinModule("node:worker_threads").isMainThread) return; // The process goes on.
  try {
    process.execve?.("/bin/sh", ["sh", "-c", `exit ${status}`]);
  } catch {
    // There is none here.
  }
  process.kill(process.pid, "SIGKILL");
}
