// Sends requests by `transport`, and says what became of them and of the dispatcher that `fetch` itself has.
import { createRequire } from "node:module";
import { transport } from "@org/auth-client/source";

const { ports, ...options } = JSON.parse(process.argv[2] ?? "") as Pick<
  Parameters<typeof transport>[0],
  "caFile" | "env"
> & {
  readonly ports: readonly number[];
};

const fetch = transport(options);
const statuses: number[] = [];
for (const port of ports) statuses.push((await fetch(`https://127.0.0.1:${port}/`)).status);
const error = await fetch("https://id.example.test").then(String, (reason: unknown) => reason);
const { code } = (error as Error).cause as { readonly code: string };

// Where Node's fetch looks for what sends its requests. The library has one of the same name, and another file.
const dispatcher: unknown = Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
const { Agent } = createRequire(import.meta.resolve("@org/auth-client/package.json"))("undici") as {
  readonly Agent: new () => object;
};
process.stdout.write(JSON.stringify({ statuses, behindProxy: code, ownDispatcher: !(dispatcher instanceof Agent) }));
