/**
 * An API in a process of its own, so that what it takes is not counted with what calls it. Its first message is its origin.
 * It answers a small JSON object to whoever has a token, and 401 to `fake-refused-token`.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const answer = JSON.stringify({ id: 1, name: "example" });

const server = createServer((request, response) => {
  const { authorization = "" } = request.headers;
  const isAllowed = authorization.startsWith("Bearer ") && authorization !== "Bearer fake-refused-token";
  if (isAllowed) response.writeHead(200, { "content-type": "application/json" }).end(answer);
  else response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end();
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.on("disconnect", () => server.close().closeAllConnections());
