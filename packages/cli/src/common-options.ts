import type { ExplicitSettings } from "@org/auth-client/source";
import { AuthError } from "@org/auth-core";
import { storeKinds, type StoreKind } from "@org/auth-client/source";
import type { OptionSpecs, Values } from "./command.ts";

/** What every command that deals with a login takes. */
export const commonOptions = {
  site: { type: "string", value: "NAME", help: "the site, by its name in the configuration" },
  issuer: { type: "string", value: "URL", help: "the authorization server, where no site is configured" },
  "client-id": { type: "string", value: "ID", help: "the client id there" },
  scope: { type: "string", value: "SCOPES", multiple: true, help: "what to ask for; may be given more than once" },
  audience: {
    type: "string",
    value: "NAME",
    multiple: true,
    help: "an API that tokens are for, as the server names it",
  },
  resource: {
    type: "string",
    value: "URL",
    multiple: true,
    help: "an API that tokens are for, by its address (RFC 8707)",
  },
  "api-url": { type: "string", value: "URL", help: "the API that tokens are for" },
  profile: { type: "string", value: "NAME", help: "the login's name (default: default)" },
  store: {
    type: "string",
    value: "KIND",
    help: `where logins are kept: ${storeKinds.join(", ")} (default: all are read; new ones go to ${storeKinds[0]})`,
  },
  "ignore-env": { type: "boolean", help: "use the login, whatever credential the environment or a file holds" },
  "allow-mixed": { type: "boolean", help: "let a secret and its client id come from different places" },
  json: { type: "boolean", help: "answer in JSON, errors included" },
} as const satisfies OptionSpecs;

/** The settings these options say outright. */
export function explicitSettings(values: Values<typeof commonOptions>): ExplicitSettings {
  return {
    site: values.site,
    issuer: values.issuer,
    clientId: values["client-id"],
    scopes: values.scope?.flatMap((scopes) => scopes.split(/\s+/)).filter((scope) => scope !== ""),
    audiences: values.audience,
    resources: values.resource,
    apiUrl: values["api-url"],
    profile: values.profile,
  };
}

/** The kind of store that `--store` asks for. `undefined`: it was not given. */
export function storeKind(asked: string | undefined): StoreKind | undefined {
  const kind = storeKinds.find((kind) => kind === asked);
  if (asked === undefined || kind !== undefined) return kind;
  throw new AuthError("usage", `there is no store of the kind ${JSON.stringify(asked)}`, {
    hint: `use one of: ${storeKinds.join(", ")}`,
  });
}
