// The whole story, while whoever is told of it throws each time: `onEvent`, and a subscriber of the channel. Then
// `authorizedFetch`, which knows no channel, has its token refused, and left behind at a redirect.
import { subscribe } from "node:diagnostics_channel";
import { authorizedFetch, eventChannel } from "@org/auth-client";
import { accessToken, fixed, type AuthEvent } from "@org/auth-core";
import { startProtectedApi } from "@org/auth-testing";
import { eventStory, type Secrets } from "./event-story.ts";

const uncaught: string[] = [];
process.on("uncaughtException", (error) => uncaught.push(error.message));
const told: string[] = [];
subscribe(eventChannel, (message) => {
  throw new Error(`subscriber ${(message as { readonly type: string }).type}`);
});
const results = await eventStory(
  ({ type }) => {
    told.push(type);
    throw new Error(`onEvent ${type}`);
  },
  JSON.parse(process.argv[2] ?? "") as Secrets,
);

const api = await startProtectedApi({ introspect: async () => ({ active: true, clientId: "machine", scopes: [] }) });
const elsewhere = await startProtectedApi({ introspect: async () => ({ active: false }) });
const onEvent = ({ type }: AuthEvent): void => {
  throw new Error(`direct ${type}`);
};
const fetch = authorizedFetch(fixed(accessToken({ value: "fake-token" })), { origins: [api.origin], onEvent });
api.refuseNext(1);
const refused = await fetch(`${api.baseUrl}/me`);
const redirected = await fetch(`${api.origin}/redirect?to=${elsewhere.baseUrl}/me`);
await Promise.all([refused.text(), redirected.text()]);
await Promise.all([api.close(), elsewhere.close()]);
// After all that was thrown.
await new Promise((resolve) => setImmediate(resolve));
console.log(JSON.stringify({ results, direct: [refused.status, redirected.url], told, uncaught }));
