import type { Provider } from "oidc-provider";
import type { Introspect } from "./introspection.ts";

/** Tells what an access token of the provider is worth, with no request. */
export function providerIntrospect(current: () => Provider): Introspect {
  return async (accessToken) => {
    const provider = current();
    // The records know the end to the millisecond; the provider counts whole seconds and would end it sooner.
    const options = { ignoreExpiration: true };
    const ofPerson = await provider.AccessToken.find(accessToken, options);
    const token = ofPerson ?? (await provider.ClientCredentials.find(accessToken, options));
    if (token?.clientId === undefined) return { active: false };
    const { aud, clientId, scopes, jkt } = token;
    const audiences = aud === undefined ? undefined : [aud].flat();
    const { acr, auth_time: authTime } = token.extra ?? {};
    return {
      active: true,
      clientId,
      scopes: [...scopes],
      audiences,
      subject: ofPerson?.accountId,
      acr: typeof acr === "string" ? acr : undefined,
      authenticatedAtMs: typeof authTime === "number" ? authTime * 1000 : undefined,
      jkt,
    };
  };
}
