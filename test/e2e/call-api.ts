// Calls an API as products do: by a client, and by a `fetch` of its own for what `resolve` finds. Says what came of it.
import { authorizedFetch, createClient } from "@org/auth-client";
import { resolve } from "@org/auth-client/source";

const [, , baseUrl = ""] = process.argv;

async function told(name: string, work: () => Promise<Response>): Promise<void> {
  const outcome = await work().then(
    ({ status }) => String(status),
    (error: unknown) => `${(error as { readonly code?: string }).code ?? ""} ${String(error)}`,
  );
  process.stdout.write(`${name}: ${outcome.replaceAll("\n", " ")}\n`);
}

await told("client", async () => await createClient({ baseUrl }).get("me", { retry: 0 }));
await told("resolve", async () => {
  const { source, api } = await resolve();
  return await authorizedFetch(source, { origins: api?.origins ?? [] })(`${api?.baseUrl ?? ""}/me`);
});
