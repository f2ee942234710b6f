import { connect } from "node:net";
import { headlessPerson, startAuthServer, startProtectedApi } from "@org/auth-testing";

/** Uses all of the kit that might print: run by itself, it should not. */
const server = await startAuthServer();
const api = await startProtectedApi({ introspect: server.introspect });
const person = headlessPerson(server.person);

const post = async (url: string, form: Record<string, string>): Promise<Record<string, string>> =>
  (await (await fetch(url, { method: "POST", body: new URLSearchParams(form) })).json()) as Record<string, string>;

const client_id = server.nativeClientId;
const device = await post(`${server.issuer}/device/auth`, { client_id, scope: "openid profile email api:read" });
const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
await person.approveDevice(device["verification_uri_complete"] ?? "");
const tokens = await post(server.metadata.tokenEndpoint, {
  client_id,
  grant_type,
  device_code: device["device_code"] ?? "",
});
const response = await fetch(`${api.baseUrl}/me`, {
  headers: { authorization: `Bearer ${tokens["access_token"] ?? ""}` },
});
if (response.status !== 200) throw new Error(`the API answered ${response.status}`);

const refused = await post(`${server.issuer}/device/auth`, { client_id });
await person.denyDevice(refused["verification_uri_complete"] ?? "");
for (const path of [
  "/auth?client_id=unknown",
  `/auth?client_id=${client_id}`,
  "/interaction/none",
  "/none",
  "/me",
  "//",
]) {
  await fetch(server.issuer + path, {
    headers: { accept: "text/html", origin: "https://example.com" },
    redirect: "manual",
  });
}
await fetch(server.metadata.tokenEndpoint, { method: "POST", body: "{", headers: { "content-type": "text/plain" } });
server.failNext("/jwks", "reset-after-commit");
await fetch(`${server.issuer}/jwks`).catch(() => undefined);

// One that is cut off, and one that still waits when the server is closed: its answer is due in an hour.
server.delayTokenResponsesMs = 3_600_000;
const init = { method: "POST", body: new URLSearchParams({ grant_type: "none" }) };
const cutOff = connect(Number(new URL(server.issuer).port), "127.0.0.1");
cutOff.write("POST /token HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n");
while (server.tokenRequests() < 3) await new Promise((resolve) => setImmediate(resolve));
cutOff.resetAndDestroy();
const waiting = fetch(server.metadata.tokenEndpoint, init).catch(() => undefined);
while (server.tokenRequests() < 4) await new Promise((resolve) => setImmediate(resolve));

await api.close();
await server.close();
await waiting;
