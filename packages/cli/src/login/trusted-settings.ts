import {
  readSettings,
  trustFile,
  untrustedDestinations,
  type ExplicitSettings,
  type Inputs,
  type RefusedDestination,
  type Settings,
} from "@org/auth-client/source";
import { AuthError, printable, shellQuoted } from "@org/auth-core";
import { say, surroundingsOf, type Context } from "../context.ts";
import { typingTimeoutMs, withinTime } from "./within-time.ts";

/**
 * The settings for a sign-in. Where they take the address from a `.env` file that the person does not trust, the person
 * is asked about that file once; without one to ask, it rejects with {@link AuthError} (`untrusted_origin`).
 */
export async function trustedSettings(
  explicit: ExplicitSettings,
  context: Context,
  canAsk: boolean,
): Promise<Settings> {
  const { product, env } = context;
  const read = (): Promise<Settings> => readSettings(product, explicit, surroundingsOf(context));
  const settings = await read();
  const { inputs, refused } = settings;
  if (refused === undefined || inputs.dotenv === undefined) return settings;
  if (!(canAsk && (await askForTrust(inputs.dotenv, inputs, context)))) throw untrusted(refused, context);
  await trustFile(inputs.dotenv.file, product, env);
  const trusted = await read();
  // What was shown is trusted; it may be another file by now.
  if (trusted.refused !== undefined) throw untrusted(trusted.refused, context);
  return trusted;
}

/** To trust the file is to trust all of it, so all of it is shown: where it leads, and what else it sets. */
async function askForTrust(
  { file: { path, values } }: NonNullable<Inputs["dotenv"]>,
  inputs: Inputs,
  context: Context,
): Promise<boolean> {
  const destinations = untrustedDestinations(inputs);
  const others = [...values.values()]
    .map(({ name }) => name)
    .filter((whole) => !destinations.some(({ name }) => name === whole));
  await say(context, `Nobody has trusted ${printable(path)}, which says where to sign in and where tokens go:`);
  for (const { name, origin } of destinations) await say(context, `  ${name}  ${printable(origin)}`);
  if (others.length > 0) await say(context, `  and sets ${printable(others.join(", "), 1000)}`);
  await context.stderr.write("Trust it as it is now, and go on there? (yes/N) ");
  return await withinTime(typingTimeoutMs, context, async (signal) => {
    const answer = await context.stdin.readLine(signal);
    signal.throwIfAborted();
    return answer?.trim().toLowerCase() === "yes";
  });
}

function untrusted({ name, path, origin, instead }: RefusedDestination, { product }: Context): AuthError {
  return new AuthError("untrusted_origin", `${name} in ${path} would have you sign in for ${origin}`, {
    hint: `if you trust this folder, run \`${product.name} trust ${shellQuoted(path)}\`; if not, give ${instead}`,
  });
}
