import { apiAddress, parseFieldChange, type FieldChange } from "@org/auth-client/source";
import { AuthError, printable } from "@org/auth-core";
import type { Values } from "../command.ts";
import { commonOptions, explicitSettings } from "../common-options.ts";

const { issuer, "client-id": clientId, scope, audience, resource, "api-url": apiUrl } = commonOptions;

/** What says which fields of a site are to be which. */
export const siteOptions = {
  issuer: { ...issuer, help: "the authorization server" },
  "client-id": { ...clientId, help: "the client id there" },
  "api-url": apiUrl,
  scope,
  audience,
  resource,
  base: { type: "string", value: "SITE", help: "add, modify: the site that says the rest" },
  set: {
    type: "string",
    value: "FIELD=VALUE",
    multiple: true,
    help: "add, modify: any field, as TOML: --set dpop=true",
  },
  unset: { type: "string", value: "FIELD", multiple: true, help: "modify: a field to remove" },
} as const;

/** The changes those options ask for. Rejects with {@link AuthError} (`usage`) that names the option. */
export async function fieldChanges(values: Values<typeof siteOptions>): Promise<readonly FieldChange[]> {
  const { scopes, audiences, resources } = explicitSettings(values);
  const api = values["api-url"];
  const named = {
    issuer: values.issuer,
    client_id: values["client-id"],
    api_url: api === undefined ? undefined : apiAddress({ value: api, from: "--api-url" }),
    base: values.base,
    scopes,
    audiences,
    resources,
  };
  const set = Object.entries(named).flatMap(([field, value]) =>
    value === undefined ? [] : [{ path: [field], value }],
  );
  const others = await Promise.all((values.set ?? []).map(fieldOfText));
  const unset = (values.unset ?? []).map((field) => ({ path: field.split(".") }));
  return [...set, ...others, ...unset];
}

async function fieldOfText(text: string): Promise<FieldChange> {
  const change = await parseFieldChange(text);
  if (change !== undefined) return change;
  const name = printable(text.split("=", 1)[0]?.trim() ?? "", 100);
  throw new AuthError("usage", `--set ${name}: this is not one field and its value as TOML`, {
    hint: `a text takes quotes of its own: --set '${name}="text"'`,
  });
}
