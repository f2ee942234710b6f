// A server with another clock is asked, while whoever is told of that throws.
import { authorizationServer } from "../src/index.ts";

const uncaught: string[] = [];
process.on("uncaughtException", (error) => uncaught.push(error.message));

const issuer = "https://id.example.com";
const headers = { "content-type": "application/json", date: "Sun, 06 Nov 2033 08:49:37 GMT" };
const { tokenEndpoint } = await authorizationServer(issuer, {
  fetch: async () => Response.json({ issuer, token_endpoint: `${issuer}/token` }, { headers }),
  now: () => 0,
  onEvent: ({ type }) => {
    throw new Error(type);
  },
});
// After all that a listener has thrown.
await new Promise((resolve) => setImmediate(resolve));
console.log(JSON.stringify({ tokenEndpoint, uncaught }));
