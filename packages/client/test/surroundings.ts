import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { inspect } from "node:util";
import {
  accessToken,
  AuthError,
  tokenSet,
  type CredentialKey,
  type CredentialStore,
  type GetTokenOptions,
  type TokenSet,
  type TokenSource,
} from "@org/auth-core";
import { authorizationCode } from "@org/auth-flows";
import {
  headlessPerson,
  startAuthServer,
  startProtectedApi,
  startRecordingServer,
  type AuthServer,
  type AuthServerOptions,
  type ProtectedApi,
  type RecordedRequest,
  type RecordingServer,
} from "@org/auth-testing";
import { expect, onTestFinished } from "vitest";

// What the tests of this package run in. All of it is gone when the test ends.

export async function authServer(options?: AuthServerOptions): Promise<AuthServer> {
  const server = await startAuthServer(options);
  onTestFinished(() => server.close());
  return server;
}

export async function protectedApi({ introspect }: AuthServer): Promise<ProtectedApi> {
  const server = await startProtectedApi({ introspect });
  onTestFinished(() => server.close());
  return server;
}

export async function recordingServer(): Promise<RecordingServer> {
  const server = await startRecordingServer();
  onTestFinished(() => server.close());
  return server;
}

type ReceivedRequest = Pick<RecordedRequest, "body" | "headers" | "method" | "target">;

export interface ScriptedServer {
  readonly origin: string;
  readonly requests: readonly ReceivedRequest[];
}

/** A server that says what a test wants it to say. */
export async function scriptedServer(
  answer: (request: ReceivedRequest, response: ServerResponse) => unknown,
): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    void buffer(incoming).then((body) => {
      const { method = "", url: target = "", headers } = incoming;
      const request = { method, target, headers, body: body.toString() };
      requests.push(request);
      answer(request, response);
    });
  });
  const { promise: listening, resolve: listens } = Promise.withResolvers<undefined>();
  server.listen(0, "127.0.0.1", () => listens(undefined));
  await listening;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");
  return { origin: `http://127.0.0.1:${address.port}`, requests };
}

export interface NumberedSource extends TokenSource {
  /** What each call asked for. */
  readonly calls: readonly (GetTokenOptions | undefined)[];
}

/** A source of `canary-token-1`, and of the next one when that has been refused. */
export function numberedSource(): NumberedSource {
  const calls: (GetTokenOptions | undefined)[] = [];
  let token = accessToken({ value: "canary-token-1" });
  let number = 1;
  return {
    calls,
    async getToken(options) {
      calls.push(options);
      if (options?.rejected === token) token = accessToken({ value: `canary-token-${++number}` });
      return token;
    },
  };
}

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A whole sign-in of somebody: the server's person, where nobody else is named. */
export async function signIn(server: AuthServer, who = server.person): Promise<TokenSet> {
  const person = headlessPerson(who);
  return await authorizationCode(
    server.metadata,
    { clientId: server.nativeClientId },
    {
      scopes: ["openid", "profile", "email", "offline_access", "api:read"],
      show: async (url) => {
        await person.signIn(url);
      },
    },
  );
}

/** A login that no server gave. */
export function login(fields: Partial<Omit<TokenSet, "kind">> = {}): TokenSet {
  const issuer = "https://id.example.com";
  return tokenSet({
    server: { issuer, tokenEndpoint: `${issuer}/token`, issParameterSupported: true },
    clientId: "app",
    accessToken: "canary-login",
    obtainedAtMs: Date.now(),
    expiresAtMs: Date.now() + 3_600_000,
    scopes: [],
    generation: 0,
    ...fields,
  });
}

/** Keeps a login, and says where. */
export async function keep(store: CredentialStore, set: TokenSet, profile = "default"): Promise<CredentialKey> {
  const key = { issuer: set.server.issuer, clientId: set.clientId, profile };
  await store.update(key, () => set);
  return key;
}

/** What something rejects with. However it is printed, no secret shows: each in these tests has `canary` in it. */
export async function failure(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    (value) => expect.fail(`resolved with ${inspect(value)}`),
    (reason: unknown) => reason,
  );
  expect(printed(error)).not.toMatch(/canary/i);
  return error;
}

/** The {@link AuthError} something rejects with. */
export async function rejection(work: Promise<unknown>): Promise<AuthError> {
  const error = await failure(work);
  expect(error).toBeInstanceOf(AuthError);
  return error as AuthError;
}

function printed(error: unknown): string {
  const { stack, cause, message } = error as Error;
  return [
    inspect(error, { depth: 10, showHidden: true }),
    JSON.stringify(error),
    stack,
    message,
    ...(cause === undefined ? [] : [printed(cause)]),
  ].join("\n");
}
