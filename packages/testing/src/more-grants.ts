import type { errors, Provider, TokenEndpointGrantContext } from "oidc-provider";
import { claimsOf, type DescribedPerson } from "./person-claims.ts";
import type { KnownPerson } from "./sign-in-pages.ts";
import { subjectOf } from "./trusted-jwt.ts";

export const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const tokenExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";

/** What a sign-in may always ask for. */
const identityScopes = ["openid", "profile", "email", "offline_access"];

const tokenTypes = "urn:ietf:params:oauth:token-type:";

interface MoreGrantsOptions {
  readonly person: DescribedPerson & KnownPerson;
  /** The API's, beside {@link identityScopes}. */
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly trustedKeys: readonly object[];
}

/** What the provider is taught, as it does not know these grants: a password, a token for another one, and a JWT. */
export function registerMoreGrants(
  provider: Provider,
  { InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget }: typeof errors,
  { person, scopes: apiScopes, resources: knownResources, trustedKeys }: MoreGrantsOptions,
): void {
  type Context = TokenEndpointGrantContext<Readonly<Record<string, unknown>>>;
  const target = ["scope", "resource", "audience"];
  const register = (name: string, parameters: readonly string[], subject: (ctx: Context) => Promise<string>): void => {
    provider.registerGrantType(
      name,
      async (ctx: Context) => {
        await answer(ctx, name, await subject(ctx));
      },
      [...parameters, ...target],
      target,
    );
  };
  const known = [...identityScopes, ...apiScopes];
  const text = (ctx: Context, name: string): string => {
    const value = ctx.oidc.params[name];
    if (typeof value !== "string") throw new InvalidRequest(`${name} is missing`);
    return value;
  };
  const trusted = (jwt: string): string => {
    const subject = subjectOf(jwt, trustedKeys, provider.issuer);
    if (subject === undefined) throw new InvalidGrant("the JWT is not trusted");
    return subject;
  };

  register("password", ["username", "password"], async (ctx) => {
    if (text(ctx, "username") === person.username && text(ctx, "password") === person.password) return person.subject;
    throw new InvalidGrant("the user name or the password is wrong");
  });
  register(jwtBearerGrant, ["assertion"], async (ctx) => trusted(text(ctx, "assertion")));
  register(tokenExchangeGrant, ["subject_token", "subject_token_type", "requested_token_type"], async (ctx) => {
    const type = text(ctx, "subject_token_type");
    if (type === `${tokenTypes}jwt` || type === `${tokenTypes}id_token`) return trusted(text(ctx, "subject_token"));
    const token = await provider.AccessToken.find(text(ctx, "subject_token"));
    if (type !== `${tokenTypes}access_token` || token === undefined) throw new InvalidGrant("the token is dead");
    return token.accountId;
  });

  async function answer(ctx: Context, grantType: string, accountId: string): Promise<void> {
    const { client, params } = ctx.oidc;
    const scopes = list(params.scope).flatMap((scope) => scope.split(" "));
    if (scopes.some((scope) => !known.includes(scope))) throw new InvalidScope("a scope is unknown", scopes.join(" "));
    const resources = list(params.resource);
    if (resources.some((resource) => !knownResources.includes(resource))) throw new InvalidTarget("an API is unknown");
    const scope = scopes.join(" ");

    const grant = new provider.Grant({ accountId, clientId: client.clientId });
    grant.addOIDCScope(scope);
    for (const resource of resources) grant.addResourceScope(resource, scope);
    const grantId = await grant.save();
    const common = { client, accountId, grantId, gty: grantType, scope };
    const aud: string[] = [...resources, ...list(params["audience"])];
    const accessToken = new provider.AccessToken({ ...common, ...(aud.length > 0 && { aud }) });
    const isLogin = grantType === "password";
    ctx.body = {
      access_token: await accessToken.save(),
      token_type: accessToken.tokenType,
      expires_in: accessToken.expiration,
      scope,
      ...(isLogin && {
        refresh_token: await new provider.RefreshToken({ ...common, resource: [...resources] }).save(),
      }),
      ...(isLogin && scopes.includes("openid") && { id_token: await idToken(ctx, scope) }),
      ...(grantType === tokenExchangeGrant && { issued_token_type: `${tokenTypes}access_token` }),
    };
  }

  async function idToken(ctx: Context, scope: string): Promise<string> {
    const claims = await new provider.Claims(claimsOf(person), { ctx }).scope(scope).result();
    const token = new provider.IdToken({}, { ctx });
    for (const [name, value] of Object.entries(claims)) token.set(name, value);
    return await token.issue({ use: "idtoken" });
  }
}

/** What a parameter that may be repeated holds. */
function list(value: unknown): readonly string[] {
  return [value].flat().filter((one) => typeof one === "string");
}
