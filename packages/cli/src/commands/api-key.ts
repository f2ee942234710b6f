import { resolve, type Resolution } from "@org/auth-client/source";
import { AuthError, printable, type AccessToken } from "@org/auth-core";
import { createApiKey, listApiKeys, revokeApiKey, type ApiKeySite, type HttpOptions } from "@org/auth-flows";
import { defineCommand, type Command, type Values } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson, say, type Context } from "../context.ts";
import { durationMs } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { httpOf } from "../login/login-request.ts";
import { requireWhatIsAsked } from "../require-what-is-asked.ts";
import { resolveOptions } from "../resolve-options.ts";

const options = {
  ...commonOptions,
  expires: {
    type: "string",
    value: "TIME",
    help: "create: how long the key is to live, such as 90d or 1y (default: the API's)",
  },
  "key-scope": {
    type: "string",
    value: "SCOPE",
    multiple: true,
    help: "create: what the key may do (default: the API's)",
  },
} as const;

/** Makes, lists and revokes API keys, at the API's own address for them. */
export const apiKey: Command = defineCommand({
  name: "api-key",
  summary: "make, list or revoke API keys of the API",
  operands: "create NAME | list | revoke ID",
  options,
  async run(values, [action, named, ...others], context) {
    const needsName = action === "create" || action === "revoke";
    if (!(needsName || action === "list") || needsName !== (named !== undefined) || others.length > 0) {
      throw new AuthError("usage", "api-key takes create NAME, list, or revoke ID");
    }
    const lifeMs = values.expires === undefined ? undefined : durationMs(values.expires, "--expires");
    if (lifeMs === 0) throw new AuthError("usage", "--expires 0 would make a key that ends at once");
    const expiresAtMs = lifeMs === undefined ? undefined : context.now() + lifeMs;
    const api = await open(values, context);
    const isJson = values.json === true;
    if (action === "list") return await list(api, isJson, context);
    if (action === "revoke") return await revoke(named ?? "", api, isJson, context);
    return await create(named ?? "", { scopes: values["key-scope"], expiresAtMs }, api, isJson, context);
  },
});

/** Where the keys are made, and what lets us. */
interface KeyApi {
  readonly site: ApiKeySite;
  readonly token: AccessToken;
  readonly http: HttpOptions;
}

async function open(values: Values<typeof options>, context: Context): Promise<KeyApi> {
  const resolution = await resolve(resolveOptions(values, context));
  requireWhatIsAsked(resolution, values);
  const apiKeysUrls = urlsOf(resolution, context);
  const token = await resolution.source.getToken({ signal: context.signal });
  const http = httpOf({ context, site: resolution.settings.site });
  return { site: { apiKeysUrls, api: resolution.api }, token, http };
}

/** Only those of them where this credential may go. */
function urlsOf({ api, settings: { site } }: Resolution, { product }: Context): readonly string[] {
  const urls = site?.apiKeysUrls ?? [];
  if (urls.length === 0) {
    throw new AuthError("config_missing", "nothing says where this API makes keys", {
      hint: `\`${product.name} sites modify NAME --set api_keys_urls='["https://…"]'\``,
    });
  }
  const stray = urls.find((url) => api?.origins.includes(new URL(url).origin) !== true);
  if (stray === undefined) return urls;
  throw new AuthError(
    "host_not_allowed",
    `${new URL(stray).host} is not where this token may go, so nothing was sent`,
    {
      hint: `\`${product.name} sites allow-host ${new URL(stray).host}\``,
    },
  );
}

async function create(
  name: string,
  wishes: { readonly scopes: readonly string[] | undefined; readonly expiresAtMs: number | undefined },
  { site, token, http }: KeyApi,
  isJson: boolean,
  context: Context,
): Promise<number> {
  const tags = [`${context.product.name}/${context.version}`];
  const key = await createApiKey(site, token, { name, tags, ...wishes, http });
  const end = key.expiresAtMs === undefined ? undefined : new Date(key.expiresAtMs).toISOString();
  if (isJson) {
    await answerJson(context, { api_key: key.apiKey, id: key.keyId, name, expires_at: end });
    return exitCodes.done.status;
  }
  await context.stdout.write(`${key.apiKey}\n`);
  const id = key.keyId === undefined ? "" : ` (${printable(key.keyId)})`;
  const until = end === undefined ? "" : `, which ends ${end}`;
  await say(context, `Created the API key "${printable(name)}"${id}${until}. This is the only time it is shown.`);
  return exitCodes.done.status;
}

async function list({ site, token, http }: KeyApi, isJson: boolean, context: Context): Promise<number> {
  const keys = await listApiKeys(site, token, { http });
  const rows = keys.map(({ id, name, scopes, expiresAtMs }) => ({
    id,
    name,
    scopes,
    expires_at: expiresAtMs === undefined ? undefined : new Date(expiresAtMs).toISOString(),
  }));
  if (isJson) await answerJson(context, { api_keys: rows });
  else if (rows.length === 0) await say(context, "There are no API keys.");
  else {
    const lines = rows.map(({ id, name, expires_at }) =>
      [id, name ?? "", expires_at ?? ""].map((part) => printable(part)),
    );
    await context.stdout.write(lines.map((parts) => `${parts.join("  ").trimEnd()}\n`).join(""));
  }
  return exitCodes.done.status;
}

async function revoke(id: string, { site, token, http }: KeyApi, isJson: boolean, context: Context): Promise<number> {
  const wasThere = await revokeApiKey(site, token, id, { http });
  if (isJson) await answerJson(context, { id, revoked: wasThere });
  else await say(context, wasThere ? `Revoked the API key ${printable(id)}.` : `There is no API key ${printable(id)}.`);
  return wasThere ? exitCodes.done.status : exitCodes.unexpected.status;
}
