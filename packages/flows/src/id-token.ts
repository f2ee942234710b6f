import { type AuthorizationServer, type AuthError, describeClockSkew, printable, type TokenSet } from "@org/auth-core";
import {
  clockSkew,
  clockTolerance,
  getValidatedIdTokenClaims,
  JWT_TIMESTAMP_CHECK,
  OperationProcessingError,
  processAuthorizationCodeResponse,
  processGenericTokenEndpointResponse,
  validateApplicationLevelSignature,
  type Client,
} from "oauth4webapi";
import { exchange, type HttpOptions } from "./http.ts";
import { endpointOf, metadataOf } from "./server.ts";
import { failure, translateError, type Task } from "./translate-error.ts";

interface IdTokenOptions {
  readonly clientId: string;
  readonly http: HttpOptions;
  /** What the authorization request sent. Absent: it sent none. */
  readonly nonce?: string | undefined;
  /** `claims`: it came straight from the server, in a renewal, and is compared with what a checked one said before. */
  readonly check: "claims" | "claims-and-signature";
  /** By how much our clock is ahead of the server's, as far as that is known. */
  readonly aheadMs: number;
}

const latestSeconds = 1e10; // Later than anything, and well within what milliseconds can count.
const longestSubject = 255; // OpenID Connect Core section 2.

/** What an ID token says of a sign-in. */
export type SignedIn = Pick<TokenSet, "account" | "acr" | "authenticatedAtMs">;

/**
 * Who an ID token says has signed in, how and when, once it is shown to be for this client, from this server and, at a sign-in, of
 * this moment.
 * Rejects with {@link AuthError} `bad_id_token` when it is not, and `clock_skew` when our clock may be why.
 *
 * @see [OpenID Connect Core section 3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)
 */
export async function signInOf(
  idToken: string,
  server: AuthorizationServer,
  task: Task,
  { clientId, http, nonce, check, aheadMs }: IdTokenOptions,
): Promise<SignedIn> {
  // Decoders forgive padding and white space, and encryption is not for us.
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(idToken))
    throw failure(task, "bad_id_token", "the ID token is not a signed JWT");
  const metadata = metadataOf(server);
  const { now = Date.now, clockToleranceMs = 60_000 } = http;
  const toleranceSeconds = Math.round(clockToleranceMs / 1000);
  const notOfNow = (why: string): AuthError => untimely(why, { aheadMs, clockToleranceMs, task });
  const client: Client = {
    client_id: clientId,
    // What a renewal brings tells who it is about, not when: it comes straight from the server, and a clock that is
    // hours wrong must not cost the login its new refresh token.
    [clockTolerance]: check === "claims" ? Number.MAX_SAFE_INTEGER : toleranceSeconds,
    [clockSkew]: Math.round((now() - Date.now()) / 1000),
  };
  // The answer itself has been read and checked by now; this one has just what oauth4webapi needs.
  const answer = Response.json({ access_token: "unused", token_type: "bearer", id_token: idToken });

  let claims;
  try {
    const processed =
      nonce === undefined
        ? await processGenericTokenEndpointResponse(metadata, client, answer)
        : await processAuthorizationCodeResponse(metadata, client, answer, { expectedNonce: nonce });
    claims = getValidatedIdTokenClaims(processed);
  } catch (error) {
    const isAboutTime = error instanceof OperationProcessingError && error.code === JWT_TIMESTAMP_CHECK;
    throw isAboutTime ? notOfNow(error.message) : translateError(error, task, "bad_id_token");
  }
  if (claims === undefined) throw failure(task, "bad_id_token", "there is no ID token");
  if (claims.sub === "" || claims.sub.length > longestSubject) {
    throw failure(task, "bad_id_token", "the ID token's subject is empty or too long");
  }

  if (check === "claims-and-signature") {
    if (claims.iat > now() / 1000 + toleranceSeconds) {
      throw notOfNow("the ID token is from the future");
    }
    await exchange(
      task,
      endpointOf(server, "jwksUri"),
      http,
      async (options) => {
        await validateApplicationLevelSignature(metadata, answer, options);
      },
      "bad_id_token",
    );
  }
  const { sub: subject, acr, auth_time: authTime } = claims;
  return {
    account: { subject, username: shown(claims["preferred_username"]), email: shown(claims["email"]) },
    acr: typeof acr === "string" && /^[\x21-\x7e]{1,200}$/.test(acr) ? acr : undefined,
    authenticatedAtMs: authTime !== undefined && authTime < latestSeconds ? authTime * 1000 + aheadMs : undefined,
  };
}

/** An ID token is refused for its times: for our clock's sake, where that is known to be wrong by more than is forgiven. */
function untimely(
  why: string,
  {
    aheadMs,
    clockToleranceMs,
    task,
  }: { readonly aheadMs: number; readonly clockToleranceMs: number; readonly task: Task },
): AuthError {
  if (Math.abs(aheadMs) <= clockToleranceMs) return failure(task, "bad_id_token", why);
  const skew = describeClockSkew(aheadMs);
  return failure(task, "clock_skew", `by this machine's clock, which is ${skew}, the ID token is not of this moment`);
}

/** A claim that is only ever shown to people. */
function shown(claim: unknown): string | undefined {
  return typeof claim === "string" && claim !== "" ? printable(claim, 320) : undefined;
}
