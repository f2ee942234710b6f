import { redacted, type AuthorizationServer } from "@org/auth-core";
import { deviceAuthorizationRequest } from "oauth4webapi";
import { clientAuth, type ClientIdentity } from "./client-auth.ts";
import { endpointUrl } from "./endpoint-url.ts";
import { exchange, type HttpOptions } from "./http.ts";
import { jsonAnswer } from "./json-answer.ts";
import { endpointOf, metadataOf } from "./server.ts";
import { asksForIdToken } from "./token-request.ts";
import { targetParameters, type TokenTarget } from "./token-target.ts";
import { failure, type Task } from "./translate-error.ts";

export interface StartDeviceLoginOptions extends TokenTarget {
  readonly scopes: readonly string[];
  /** More for the request, such as `acr_values`. It cannot replace what the flow itself sends. */
  readonly extraParameters?: Readonly<Record<string, string>> | undefined;
  readonly http?: HttpOptions | undefined;
}

/** A device login that has begun: what to show the person, and what to ask the server with. */
export interface DeviceAuthorization {
  /** What the person types in: letters, digits and hyphens. */
  readonly userCode: string;
  /** Where the person types it in. Checked, and in ASCII. */
  readonly verificationUri: string;
  /** The same with the code in it. Absent: the server does not offer it. */
  readonly verificationUriComplete?: string | undefined;
  /** Secret. Not enumerable, and never printed. */
  readonly deviceCode: string;
  /** How long to wait between two questions. From 1,000 to 60,000; 5,000 when the server does not say. */
  readonly intervalMs: number;
  /** In milliseconds since 1970: from 30 s to 30 min after the request, whatever the server says. */
  readonly expiresAtMs: number;
  readonly scopes: readonly string[];
  /** As they were asked for, to be asked for again with the tokens. */
  readonly resources?: readonly string[] | undefined;
  /** As they were asked for, to be asked for again with the tokens. */
  readonly audiences?: readonly string[] | undefined;
}

/**
 * Starts a device login: gets the code a person approves on another device. Show it, then `waitForDeviceLogin`.
 *
 * Rejects with {@link AuthError}: `unsupported_by_server` where there is no device login or an ID token is asked for
 * that could not be checked; `insecure_endpoint` when the address to show is not `https:`; `bad_response`; `network`;
 * `timeout`; and what the server says.
 *
 * @see [RFC 8628 section 3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)
 */
export async function startDeviceLogin(
  server: AuthorizationServer,
  client: ClientIdentity,
  { scopes, resources, audiences, extraParameters = {}, http = {} }: StartDeviceLoginOptions,
): Promise<DeviceAuthorization> {
  const task: Task = { doing: "starting the device login", issuer: server.issuer };
  const url = endpointOf(server, "deviceAuthorizationEndpoint");
  asksForIdToken(server, scopes); // Better found out before a person has done their part.
  const parameters = targetParameters({ scopes, resources, audiences }, extraParameters);
  const authentication = await clientAuth(client, http);

  const { now = Date.now } = http;
  const sentAtMs = now();
  const response = await exchange(task, url, http, (options) =>
    deviceAuthorizationRequest(metadataOf(server), { client_id: client.clientId }, authentication, parameters, options),
  );
  const fields = await jsonAnswer(response, task);
  const text = (name: string, pattern: RegExp): string => {
    const value = fields.get(name);
    if (typeof value === "string" && pattern.test(value)) return value;
    throw failure(task, "bad_response", `the answer's ${name} is not one`);
  };
  const address = (name: string): string => endpointUrl(text(name, /^[^]+$/), "verification address", server.issuer);

  const deviceCode = text("device_code", /^[\x20-\x7e]{1,16384}$/);
  const open = {
    // It is shown and typed: nothing in it may look like something else.
    userCode: text("user_code", /^[A-Za-z0-9-]{1,32}$/),
    verificationUri: address("verification_uri"),
    verificationUriComplete: fields.has("verification_uri_complete") ? address("verification_uri_complete") : undefined,
    intervalMs: clampedMs(fields.get("interval"), { lowest: 1, highest: 60, missing: 5 }),
    expiresAtMs: sentAtMs + clampedMs(fields.get("expires_in"), { lowest: 30, highest: 1800, missing: 1800 }),
    scopes,
    resources,
    audiences,
  };
  return redacted(open, { deviceCode });
}

/** A number of seconds, as milliseconds within limits. What is no number counts as missing. */
function clampedMs(
  seconds: unknown,
  { lowest, highest, missing }: { readonly lowest: number; readonly highest: number; readonly missing: number },
): number {
  const number = typeof seconds === "string" && /^\d{1,12}$/.test(seconds) ? Number(seconds) : seconds;
  const isNumber = typeof number === "number" && !Number.isNaN(number);
  return Math.round(Math.min(highest, Math.max(lowest, isNumber ? number : missing)) * 1000);
}
