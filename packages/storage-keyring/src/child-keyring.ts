import { fork, type ChildProcess } from "node:child_process";
import { extname } from "node:path";
import type { Answer, Method, Question } from "./keyring-program.ts";
import type { KeytarLike } from "./keytar-like.ts";

export interface ChildKeyring {
  readonly keyring: KeytarLike;
  /** Ends the child with all that it waits for. The next call starts another. */
  kill(): void;
}

/**
 * `nativeKeyring` in a child process, started by the first call. Whatever the keyring does, this process's event loop
 * goes on and it can end at any time; it does not wait for the child, which ends with it. Who waits for an answer must
 * keep the process alive meanwhile, as the deadline of a `boundedKeyring` does.
 *
 * A worker thread would not do: one that waits inside native code can neither be terminated nor left behind, and
 * `process.exit()` waits for it for ever.
 */
export function childKeyring(env: Readonly<NodeJS.ProcessEnv>): ChildKeyring {
  let running: Running | undefined;

  async function call<Result>(method: Method, ...args: readonly string[]): Promise<Result> {
    if (running?.hasEnded() !== false) running = start(env);
    return (await running.ask(method, args)) as Result; // The program on the other side is our own.
  }

  return {
    keyring: {
      getPassword: (service, account) => call("getPassword", service, account),
      setPassword: (service, account, password) => call("setPassword", service, account, password),
      deletePassword: (service, account) => call("deletePassword", service, account),
      findPassword: (service) => call("findPassword", service),
      findCredentials: (service) => call("findCredentials", service),
    },
    kill() {
      running?.kill();
      running = undefined;
    },
  };
}

interface Running {
  ask(method: Method, args: readonly string[]): Promise<unknown>;
  hasEnded(): boolean;
  kill(): void;
}

function start(env: Readonly<NodeJS.ProcessEnv>): Running {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let hasEnded = false;
  const child = spawnProgram(env);

  child.on("message", (message) => {
    const answer = message as Answer;
    const question = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) question?.resolve(answer.value);
    else question?.reject(new Error(answer.error));
  });
  const end = (): void => {
    hasEnded = true;
    for (const question of waiting.values()) question.reject(new Error("the keyring process ended"));
    waiting.clear();
  };
  child.on("error", end).on("exit", end).on("disconnect", end);

  return {
    ask(method, args) {
      const id = ++lastId;
      const question = Promise.withResolvers<unknown>();
      waiting.set(id, question);
      child.send({ id, method, args } satisfies Question, (error) => {
        if (error !== null) end();
      });
      return question.promise;
    },
    hasEnded: () => hasEnded,
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

function spawnProgram(env: Readonly<NodeJS.ProcessEnv>): ChildProcess {
  // The program stands beside this file, as source or built.
  const program = new URL(`./keyring-program${extname(import.meta.url)}`, import.meta.url);
  const child = fork(program, [], {
    // What this process's own options load (inspectors, hooks) has no business where secrets pass.
    env: { ...env, NODE_OPTIONS: undefined },
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.unref();
  child.channel?.unref();
  return child;
}
