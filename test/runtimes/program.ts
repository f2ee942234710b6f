import { authorizedFetch } from "@org/auth-client/authorized-fetch";
import { accessTokenOf, isAuthError, memoryStore, reuse, stored, type Json } from "@org/auth-core";
import { credentialFromJson } from "@org/auth-core/storage";
import { storeContract } from "@org/auth-core/store-contract";
import {
  authorizationCode,
  authorizationServer,
  clientCredentials,
  mountedIdentityToken,
  refresh,
} from "@org/auth-flows";

/** What the program has to be told, as JSON. */
export interface Input {
  readonly issuer: string;
  /** Where the server takes requests for tokens from here. */
  readonly tokenEndpoint: string;
  /** The API's base URL. Its first 401 is for the person. */
  readonly apiUrl: string;
  readonly machine: { readonly clientId: string; readonly clientSecret: string };
  /** A person's token set, as a store writes it. */
  readonly login: Json;
}

/** What came of it, as JSON. */
export interface Report {
  /** Whether there is Node's `process`, or what says that it is one. */
  readonly hasNode: boolean;
  /** The cases of the store's contract that fail here. */
  readonly brokenPromises: readonly string[];
  /** Whom the API takes the person for, with the token that has replaced the refused one. */
  readonly person: unknown;
  /** How often that login was renewed. */
  readonly renewals: number;
  /** What the API got of a `POST`. */
  readonly posted: unknown;
  /** Whom the API takes the machine for. */
  readonly machine: unknown;
  /** What says that the sign-in cannot come back to here, and that there are no files. */
  readonly withoutNode: readonly unknown[];
}

/** Uses core, flows and `authorizedFetch`, in whatever runtime this is. */
export async function run({ issuer, tokenEndpoint, apiUrl, machine, login }: Input): Promise<Report> {
  const origins = [apiUrl];
  const credential = credentialFromJson(login);
  if (credential.kind !== "token-set") throw new TypeError("the login is no token set");
  const { clientId } = credential;
  const [store, key] = [memoryStore(), { issuer, clientId, profile: "default" }];
  await store.update(key, () => credential);
  const renewed = stored(store, key, async (current) => await refresh(current ?? credential, { clientId }));
  const asPerson = authorizedFetch(reuse(renewed), { origins });
  const person: unknown = await (await asPerson(`${apiUrl}/me`)).json();
  const kept = await store.read(key);
  const request = new Request(`${apiUrl}/echo`, { method: "POST", body: "é" });
  const posted = (await (await asPerson(request)).json()) as { readonly body: unknown };

  const server = { ...(await authorizationServer(issuer)), tokenEndpoint };
  const ofMachine = reuse({ getToken: async () => accessTokenOf(await clientCredentials(server, machine)) });
  const asMachine = authorizedFetch(ofMachine, { origins });
  return {
    hasNode: "process" in globalThis,
    brokenPromises: await broken(),
    person,
    renewals: kept?.kind === "token-set" ? kept.generation : NaN,
    posted: posted.body,
    machine: await (await asMachine(`${apiUrl}/me`)).json(),
    withoutNode: [
      await codeOf(authorizationCode(server, machine, { scopes: [], show: () => undefined })),
      await codeOf(mountedIdentityToken("/no/such/file")()),
    ],
  };
}

async function broken(): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, run } of storeContract) {
    await run(async (same) => same ?? memoryStore()).catch(() => names.push(name));
  }
  return names;
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.catch((error: unknown) => error);
  return isAuthError(error) ? error.code : String(error);
}
