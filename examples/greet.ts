import { createClient, openSession, type SessionOptions } from "@org/auth-client";

/** Greets whoever uses this program. Who has not signed in is asked to, in a browser, when the first token is needed. */
export async function greet(apiUrl: string, options: SessionOptions): Promise<string> {
  const session = openSession(options);
  const client = createClient({ baseUrl: apiUrl, source: session, onStepUp: session.stepUp });
  await client.get("me");
  const { name = "whoever you are" } = await client.account();
  return `Hello, ${name}!`;
}
