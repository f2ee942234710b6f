import {
  apiKey,
  AuthError,
  clientSecret,
  developerToken,
  jwtClaims,
  jwtExpiryMs,
  PartialCredentialError,
  password,
  privateKey,
  refreshToken,
  staticToken,
  type ApiKey,
  type ClientSecret,
  type GivenCredential,
} from "@org/auth-core";
import { domainAddress } from "../domain-address.ts";
import type { Site } from "../site.ts";
import type { Variable } from "../variables/variables.ts";

/** What one place says of a credential, by the names of variables. */
export type Part =
  | "ACCESS_TOKEN"
  | "API_KEY"
  | "CLIENT_ID"
  | "CLIENT_SECRET"
  | "DEVELOPER_TOKEN"
  | "ISSUER"
  | "PASSWORD"
  | "PRIVATE_KEY"
  | "REFRESH_TOKEN"
  | "USERNAME";

/** The parts that are secrets, each of which makes a credential or belongs to one. */
export const secretParts: readonly Part[] = [
  ...(["API_KEY", "REFRESH_TOKEN", "CLIENT_SECRET", "PRIVATE_KEY"] as const),
  ...(["ACCESS_TOKEN", "DEVELOPER_TOKEN", "PASSWORD"] as const),
];

export interface Parts {
  /** What says it, or `undefined` where nothing here does. */
  get(part: Part): Variable | undefined;
  /** What a part is called where it would have to be added. */
  nameOf(part: Part): string;
  /** Is told of what is odd, though it is no error. */
  warn(warning: string): void;
}

/** A credential of one place. */
export interface Given {
  readonly credential: ApiKey | ClientSecret | GivenCredential;
  /** What holds its secret. */
  readonly from: string;
  /** What holds any secret of it. */
  readonly used: readonly string[];
  /** Whom it stands for, as far as it says. */
  readonly account?: string | undefined;
}

/**
 * Puts a credential together from the parts that one place has. Where it has several, the first of these counts: API key,
 * refresh token, client secret, private key, access token, developer token, password.
 *
 * `undefined`: it has none. Throws {@link PartialCredentialError} for half of one, and {@link AuthError}
 * (`config_invalid`) for one that is for another site than the one that is meant, or that has ended.
 */
export function givenCredential(parts: Parts, site: Site | undefined, nowMs: number): Given | undefined {
  const bearer = (part: Part): Variable | undefined => {
    const found = parts.get(part);
    return found && { ...found, value: withoutScheme(found, (warning) => parts.warn(warning)) };
  };
  const client = (held: Part, needs: readonly Part[] = ["CLIENT_ID"]) => clientOf(parts, site, held, needs);

  const key = bearer("API_KEY");
  if (key !== undefined) {
    const expiresAtMs = jwtExpiryMs(key.value);
    // The API has the last word.
    if (expiresAtMs !== undefined && expiresAtMs <= nowMs)
      parts.warn(`the API key in ${key.from} ended at ${new Date(expiresAtMs).toISOString()}, by what it says itself`);
    return { credential: apiKey({ apiKey: key.value, expiresAtMs }), from: key.from, used: [key.from] };
  }

  const refresh = parts.get("REFRESH_TOKEN");
  const clientsSecret = parts.get("CLIENT_SECRET");
  const access = bearer("ACCESS_TOKEN");
  if (refresh !== undefined) {
    const { issuer, clientId } = client("REFRESH_TOKEN");
    // One that has ended, or is another client's, is left aside: there is what gets the next one.
    const token =
      access !== undefined && whyUnusable(access.value, { issuer, clientId }, nowMs) === undefined ? access : undefined;
    const credential = refreshToken({
      issuer,
      clientId,
      clientSecret: clientsSecret?.value,
      refreshToken: refresh.value,
      accessToken: token?.value,
      expiresAtMs: token && jwtExpiryMs(token.value),
    });
    const used = [refresh, clientsSecret, access].flatMap((variable) => variable?.from ?? []);
    return { credential, from: refresh.from, account: clientId, used };
  }
  if (clientsSecret !== undefined && parts.get("PASSWORD") === undefined) {
    const { issuer, clientId } = client("CLIENT_SECRET");
    const credential = clientSecret({ issuer, clientId, clientSecret: clientsSecret.value });
    return { credential, from: clientsSecret.from, account: clientId, used: [clientsSecret.from] };
  }

  const pair = parts.get("PRIVATE_KEY");
  if (pair !== undefined) {
    const { issuer, clientId } = client("PRIVATE_KEY");
    const credential = privateKey({ issuer, clientId, privateKey: pair.value });
    return { credential, from: pair.from, account: clientId, used: [pair.from] };
  }
  if (access !== undefined) {
    const expected = { clientId: parts.get("CLIENT_ID")?.value ?? site?.clientId, issuer: site?.issuer };
    const why = whyUnusable(access.value, expected, nowMs);
    if (why !== undefined) {
      throw new AuthError("config_invalid", `the access token in ${access.from} ${why}`, {
        hint: `give another one, or take ${access.from} away`,
      });
    }
    const credential = staticToken({ accessToken: access.value, expiresAtMs: jwtExpiryMs(access.value) });
    return { credential, from: access.from, used: [access.from] };
  }

  const developers = bearer("DEVELOPER_TOKEN");
  if (developers !== undefined) {
    const url = site?.developerTokenUrl;
    if (url === undefined) {
      throw new AuthError(
        "config_missing",
        `nothing says where the developer token in ${developers.from} is redeemed`,
        {
          hint: "set developer_token_url of the site",
        },
      );
    }
    const credential = developerToken({ developerToken: developers.value, url });
    return { credential, from: developers.from, used: [developers.from] };
  }
  const words = parts.get("PASSWORD");
  if (words === undefined) return undefined;
  const { issuer, clientId } = client("PASSWORD", site === undefined ? ["USERNAME", "CLIENT_ID"] : ["USERNAME"]);
  const username = parts.get("USERNAME")?.value ?? "";
  parts.warn(`signing in with a password, as ${words.from} has it, is deprecated, and will be taken away`);
  const credential = password({
    issuer,
    clientId,
    clientSecret: clientsSecret?.value,
    username,
    password: words.value,
  });
  const used = [words, clientsSecret].flatMap((variable) => variable?.from ?? []);
  return { credential, from: words.from, account: username, used };
}

/** The client that a secret is for, when all that it needs is here too. The issuer is a setting: any place may say it. */
function clientOf(
  parts: Parts,
  site: Site | undefined,
  held: Part,
  needs: readonly Part[],
): { readonly issuer: string; readonly clientId: string } {
  const missing = needs.filter((part) => parts.get(part) === undefined);
  const named = parts.get("ISSUER");
  const issuer = named === undefined ? site?.issuer : domainAddress(named.value);
  if (issuer === undefined) missing.push("ISSUER");
  const clientId = parts.get("CLIENT_ID")?.value ?? site?.clientId;
  if (missing.length > 0 || issuer === undefined || clientId === undefined) {
    const all: readonly Part[] = [held, ...needs, "ISSUER"];
    throw new PartialCredentialError(
      all.flatMap((part) => parts.get(part)?.from ?? []),
      missing.map((part) => parts.nameOf(part)),
    );
  }
  if (site !== undefined && (clientId !== site.clientId || issuer !== site.issuer)) {
    const from = parts.get(held)?.from ?? "";
    throw new AuthError("config_invalid", `${from} is for another site than the one asked for`, {
      hint: `take ${from} away, or leave the site to the place it is in`,
    });
  }
  return { issuer, clientId };
}

/** People copy whole headers. */
function withoutScheme({ value, from }: Variable, warn: Parts["warn"]): string {
  const text = value.trim().replace(/^bearer\s+/i, "");
  if (text !== value.trim())
    warn(`"Bearer" is left out of what ${from} holds: it belongs to the header, not to the secret`);
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new AuthError("config_invalid", `${from} has characters that no header can carry`, {
    hint: "write it in one line, as it was given out",
  });
}

function whyUnusable(
  token: string,
  expected: { readonly issuer?: string | undefined; readonly clientId?: string | undefined },
  nowMs: number,
): string | undefined {
  const claims = jwtClaims(token);
  const issuer = claims?.get("iss");
  const clientId = claims?.get("client_id") ?? claims?.get("azp");
  const endsAtMs = jwtExpiryMs(token);
  if (expected.issuer !== undefined && typeof issuer === "string" && issuer !== expected.issuer) {
    return "was issued by another server";
  }
  if (expected.clientId !== undefined && typeof clientId === "string" && clientId !== expected.clientId) {
    return "belongs to another client";
  }
  return endsAtMs !== undefined && endsAtMs <= nowMs ? `ended at ${new Date(endsAtMs).toISOString()}` : undefined;
}
