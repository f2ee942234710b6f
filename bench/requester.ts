/**
 * A process that calls an API: `requester.ts ORIGIN OURS PEERS`, where OURS and PEERS are the folders of `Installed`. For
 * each {@link Batch} it is sent it makes that many requests, and answers with what they took. The first answer says that
 * it is ready.
 */
import type { AccessToken, TokenSource } from "@org/auth-core";
import { load } from "./installed.ts";

export type ClientName = "authorizedFetch" | "axios" | "createClient" | "fetch" | "google-auth-library" | "got" | "ky";

/** Requests to make. */
export interface Batch {
  readonly client: ClientName;
  readonly requests: number;
  /** How many are under way at any time. */
  readonly atOnce: number;
}

/** What a batch took. */
export interface BatchResult {
  /** Requests in a second. */
  readonly perSecond: number;
  /** Processor time of this process for one request, in microseconds. */
  readonly cpuUs: number;
  /** What half of the requests, and 99 in 100, were done within, in microseconds. */
  readonly p50Us: number;
  readonly p99Us: number;
}

const [origin = "", ours = "", peers = ""] = process.argv.slice(2);
const url = `${origin}/v1/things`;
const token = "fake-access-token";
const given = { headers: { authorization: `Bearer ${token}` } };

type Call = () => Promise<unknown>;

/** Each client as its own documents show it. What is not ours gets the token with no work at all. */
const clients: Readonly<Record<ClientName, () => Call>> = {
  fetch: () => async () => await (await fetch(url, given)).json(),

  authorizedFetch: () => {
    const { authorizedFetch } = load(ours, "@org/auth-client") as typeof import("@org/auth-client");
    const send = authorizedFetch(heldToken(), { origins: [origin] });
    return async () => await (await send(url)).json();
  },

  ky: () => {
    const { default: ky } = load(ours, "ky") as { readonly default: KyLike };
    const api = ky.create({ baseUrl: `${origin}/v1/` });
    return async () => await api.get("things", given).json();
  },

  createClient: () => {
    const { createClient } = load(ours, "@org/auth-client") as typeof import("@org/auth-client");
    const api = createClient({ baseUrl: `${origin}/v1`, source: heldToken() });
    return async () => await api.get("things").json();
  },

  "google-auth-library": () => {
    const { OAuth2Client } = load(peers, "google-auth-library") as GoogleLike;
    const client = new OAuth2Client();
    client.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
    return async () => (await client.request({ url })).data;
  },

  axios: () => {
    const { default: axios } = load(peers, "axios") as { readonly default: AxiosLike };
    const api = axios.create({ baseURL: origin });
    api.interceptors.request.use(async (request) => {
      request.headers.set("authorization", `Bearer ${await Promise.resolve(token)}`);
      return request;
    });
    return async () => (await api.get("/v1/things")).data;
  },

  got: () => {
    const { default: got } = load(peers, "got") as { readonly default: GotLike };
    const addToken = async ({ headers }: { headers: Record<string, string> }): Promise<void> => {
      headers["authorization"] = `Bearer ${await Promise.resolve(token)}`;
    };
    const api = got.extend({ hooks: { beforeRequest: [addToken] } });
    return async () => await api.get(url).json();
  },
};

/** A source such as applications have: it holds its token, and has a clock to look at. */
function heldToken(): TokenSource {
  const { accessToken, reuse } = load(ours, "@org/auth-core") as typeof import("@org/auth-core");
  const nowMs = Date.now();
  const held: AccessToken = accessToken({ value: token, obtainedAtMs: nowMs, expiresAtMs: nowMs + 3_600_000 });
  return reuse({ getToken: async () => held });
}

interface KyLike {
  create(options: object): { get(path: string, options: object): { json(): Promise<unknown> } };
}
interface GoogleLike {
  readonly OAuth2Client: new () => {
    setCredentials(credentials: object): void;
    request(options: object): Promise<{ readonly data: unknown }>;
  };
}
interface AxiosLike {
  create(options: object): {
    readonly interceptors: {
      readonly request: { use(change: (request: AxiosRequest) => Promise<AxiosRequest>): void };
    };
    get(path: string): Promise<{ readonly data: unknown }>;
  };
}
interface AxiosRequest {
  readonly headers: { set(name: string, value: string): void };
}
interface GotLike {
  extend(options: object): { get(url: string): { json(): Promise<unknown> } };
}

const made = new Map<ClientName, Call>();

async function run({ client, requests, atOnce }: Batch): Promise<BatchResult> {
  const call = made.get(client) ?? clients[client]();
  made.set(client, call);
  const tookUs: number[] = [];
  let left = requests;
  async function work(): Promise<void> {
    while (left-- > 0) {
      const startMs = performance.now();
      const answer = await call();
      tookUs.push((performance.now() - startMs) * 1000);
      if ((answer as { readonly id?: unknown }).id !== 1) throw new Error(`${client} got another answer`);
    }
  }

  const [usage, startMs] = [process.cpuUsage(), performance.now()];
  await Promise.all(Array.from({ length: atOnce }, work));
  const [seconds, { user, system }] = [(performance.now() - startMs) / 1000, process.cpuUsage(usage)];
  tookUs.sort((one, other) => one - other);
  const within = (share: number): number => tookUs[Math.ceil(share * requests) - 1] ?? NaN;
  return {
    perSecond: requests / seconds,
    cpuUs: (user + system) / requests,
    p50Us: within(0.5),
    p99Us: within(0.99),
  };
}

process.on("message", (batch: Batch) => void run(batch).then((result) => process.send?.(result)));
process.send?.("ready");
