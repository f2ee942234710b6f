import { AuthError, printable } from "@org/auth-core";
import {
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  type ClientAuth,
} from "oauth4webapi";
import { clientKey } from "./client-key.ts";
import { withDeadline } from "./deadline.ts";
import type { HttpOptions } from "./http.ts";

const assertionSeconds = 60;

/**
 * Who asks: the client as it is registered at the server. An assertion goes before a key, and a key before a secret. With
 * none of them it is a public client, such as a program on a person's computer.
 */
export interface ClientIdentity {
  readonly clientId: string;
  /** Secret. */
  readonly clientSecret?: string | undefined;
  /** How the secret is sent (RFC 6749 section 2.3.1). Default: `basic`. */
  readonly authMethod?: "basic" | "post" | undefined;
  /**
   * Secret. What the client signs its requests with (`private_key_jwt`): a JWK as JSON, or PKCS #8 in PEM, with RSA of at
   * least 2048 bits, P-256, P-384, P-521 or Ed25519. RSA signs with RS256, or as the JWK's `alg` says.
   */
  readonly privateKey?: string | undefined;
  /**
   * Gets a JWT of the platform that speaks for the client. Called for each request, with a signal that ends it when the
   * request's time is up. What it throws ends the request.
   */
  readonly clientAssertion?: ((signal: AbortSignal) => Promise<string>) | undefined;
}

/** Whether nothing proves that it is this client. */
export function isPublicClient({ clientSecret, privateKey, clientAssertion }: ClientIdentity): boolean {
  return clientSecret === undefined && privateKey === undefined && clientAssertion === undefined;
}

/**
 * How oauth4webapi is to authenticate this client, once or several times in one request.
 *
 * Rejects with {@link AuthError}: `config_invalid` when the key or the assertion is not one; `timeout`.
 *
 * @see [RFC 7523 section 2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)
 */
export async function clientAuth(client: ClientIdentity, http: HttpOptions): Promise<ClientAuth> {
  const { clientSecret, authMethod = "basic", privateKey, clientAssertion } = client;
  if (clientAssertion !== undefined) return await platformAssertion(client.clientId, clientAssertion, http);
  if (privateKey !== undefined) return await signedAssertion(client.clientId, privateKey, http);
  if (clientSecret === undefined) return None();
  return authMethod === "post" ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret);
}

async function signedAssertion(clientId: string, privateKey: string, http: HttpOptions): Promise<ClientAuth> {
  const { now = Date.now } = http;
  return PrivateKeyJwt(await clientKey(clientId, privateKey), {
    [modifyAssertion](_header, claims) {
      const seconds = Math.floor(now() / 1000);
      // No `nbf`: it says no more, and a clock that is a little fast would make it wrong.
      Object.assign(claims, { iat: seconds, exp: seconds + assertionSeconds, nbf: undefined });
    },
  });
}

async function platformAssertion(
  clientId: string,
  clientAssertion: NonNullable<ClientIdentity["clientAssertion"]>,
  { timeoutMs = 10_000, signal }: HttpOptions,
): Promise<ClientAuth> {
  const assertion = await withDeadline(clientAssertion, {
    timeoutMs,
    signal,
    timeoutError: () =>
      new AuthError(
        "timeout",
        `the assertion for the client ${printable(clientId)} did not come within ${timeoutMs} ms`,
      ),
  });
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertion)) {
    throw new AuthError("config_invalid", `the assertion for the client ${printable(clientId)} is not a signed JWT`);
  }
  return (_server, client, body) => {
    body.set("client_id", client.client_id);
    body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    body.set("client_assertion", assertion);
  };
}
