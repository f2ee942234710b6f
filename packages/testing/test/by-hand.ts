import { createHash, generateKeyPairSync, randomBytes, sign, type JsonWebKey } from "node:crypto";
import { expect, onTestFinished } from "vitest";
import { headlessPerson, startAuthServer, startRecordingServer } from "../src/index.ts";
import type { AuthServer, AuthServerOptions, RecordingServer } from "../src/index.ts";

export interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

/** An authorization server that ends with the test. */
export async function authServer(options?: AuthServerOptions): Promise<AuthServer> {
  const server = await startAuthServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** A server that ends with the test and takes the place of an application's redirect receiver. */
export async function recordingServer(options?: { readonly port?: number }): Promise<RecordingServer> {
  const server = await startRecordingServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** An authorization request, and the verifier to its code challenge. */
export function authorizationRequest(
  server: AuthServer,
  redirectUri: string,
  changes: Record<string, string> = {},
): { readonly url: string; readonly verifier: string } {
  const verifier = randomBytes(32).toString("base64url");
  const url = new URL(server.metadata.authorizationEndpoint ?? "");
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: server.nativeClientId,
    redirect_uri: redirectUri,
    scope: "openid profile email offline_access api:read",
    prompt: "consent",
    state: "fake-state",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  }).toString();
  return { url: url.href, verifier };
}

export async function post(
  url: string,
  form: Record<string, string>,
  authorization?: string,
  dpop?: string,
): Promise<Answer> {
  const headers = { ...(authorization !== undefined && { authorization }), ...(dpop !== undefined && { dpop }) };
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(form), headers });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

/** The tokens of a whole sign-in. */
export async function signIn(
  server: AuthServer,
  changes: Record<string, string> = {},
): Promise<{ readonly accessToken: string; readonly refreshToken: string; readonly json: Record<string, unknown> }> {
  const application = await recordingServer();
  const redirectUri = `${application.origin}/callback`;
  const { url, verifier } = authorizationRequest(server, redirectUri, changes);
  const { finalUrl } = await headlessPerson(server.person).signIn(url);
  const { status, json } = await post(server.metadata.tokenEndpoint, {
    grant_type: "authorization_code",
    client_id: server.nativeClientId,
    code: new URL(finalUrl).searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  expect(status).toBe(200);
  return { accessToken: String(json["access_token"]), refreshToken: String(json["refresh_token"]), json };
}

export function refresh(server: AuthServer, refreshToken: string): Promise<Answer> {
  return post(server.metadata.tokenEndpoint, {
    grant_type: "refresh_token",
    client_id: server.nativeClientId,
    refresh_token: refreshToken,
  });
}

/** Client credentials in HTTP's Basic scheme, encoded as RFC 6749 section 2.3.1 wants them. */
export function basic({ clientId, clientSecret }: AuthServer["confidentialClient"]): string {
  const encoded = [clientId, clientSecret].map((part) =>
    new URLSearchParams({ part }).toString().slice("part=".length),
  );
  return `Basic ${Buffer.from(encoded.join(":")).toString("base64")}`;
}

export interface ProofKey {
  readonly privateJwk: JsonWebKey;
  /** Its thumbprint: RFC 7638. */
  readonly jkt: string;
  /** A proof of now that says this (RFC 9449 section 4.2). */
  prove(claims: Record<string, unknown>, header?: Record<string, unknown>): string;
}

export function proofKey(): ProofKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { crv, kty, x, y } = publicKey.export({ format: "jwk" });
  const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url");
  return {
    privateJwk: privateKey.export({ format: "jwk" }),
    jkt: sha256(JSON.stringify({ crv, kty, x, y })),
    prove(claims, header) {
      const head = { typ: "dpop+jwt", alg: "ES256", jwk: { crv, kty, x, y }, ...header };
      const body = { jti: randomBytes(16).toString("hex"), iat: Math.floor(Date.now() / 1000), ...claims };
      const input = `${encoded(head)}.${encoded(body)}`;
      const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    },
  };
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
