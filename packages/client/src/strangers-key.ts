import type { CredentialProvider, FoundCredential } from "@org/auth-core";
import type { Settings } from "./settings.ts";
import type { Variables } from "./variables/variables.ts";

/** Whether it is the key of a `.env` file that nobody trusts, which goes where that file says. */
export function isOfStranger({ provenance }: FoundCredential, { inputs }: Pick<Settings, "inputs">): boolean {
  return provenance.place === "dotenv" && inputs.dotenv?.isTrusted === false;
}

/**
 * The place of such a key where somebody has named another destination: there is nothing in it, because requests would go
 * to a stranger and not there. `warn` is told. `undefined`: it is another place, or nobody has.
 */
export function strangersProvider(
  variables: Variables,
  { inputs: { dotenv }, destinationFrom: named }: Settings,
  warn: (warning: string) => void = () => undefined,
): CredentialProvider | undefined {
  const { place } = variables;
  const key = place === "dotenv" && dotenv?.isTrusted === false ? variables.get("API_KEY")?.from : undefined;
  if (key === undefined || named === undefined) return undefined;
  return {
    place,
    hint: `leave ${named} out: ${key} is for where that file says, and nobody trusts it`,
    find() {
      warn(`${key} is not used: it is for where that file says, which nobody trusts, and ${named} says where to go`);
      return Promise.resolve(undefined);
    },
  };
}
