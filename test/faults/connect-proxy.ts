import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/**
 * What a proxy does with whoever wants to be connected: connects, resets the connection, or answers with a status.
 * `web-page`: it says that it has connected, and sends a page of its own.
 */
export type ProxyManner = "connects" | "resets" | "web-page" | number;

/** A proxy on the loopback. */
export interface ConnectProxy {
  /** Such as `http://127.0.0.1:49152`. */
  readonly origin: string;
  /** The same with a user name and a password, one that has to be escaped. */
  readonly url: string;
  /** What was to be connected to, such as `id.example.test:443`, or the whole address where nothing was. */
  readonly asked: readonly string[];
  /** Whether all who came brought the user name and the password. */
  knewAll(): boolean;
}

const [user, password] = ["proxy-user", "proxy-c@nary:1"] as const;

/** Starts a {@link ConnectProxy} that leads to one port of this machine, whatever the name. It ends with the test. */
export async function connectProxy(leadsTo: number, manner: ProxyManner = "connects"): Promise<ConnectProxy> {
  const asked: string[] = [];
  const brought = new Set<string | undefined>();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    brought.add(request.headers["proxy-authorization"]);
    response.end("by the proxy");
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (request, socket) => {
    socket.on("error", () => undefined);
    asked.push(request.url ?? "");
    brought.add(request.headers["proxy-authorization"]);
    if (manner === "resets") request.socket.resetAndDestroy();
    else if (manner === "web-page")
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<h1>page-canary</h1>");
    else if (manner !== "connects") socket.end(`HTTP/1.1 ${manner} No\r\ncontent-length: 0\r\n\r\n`);
    else {
      const far = connect(leadsTo, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(far).pipe(socket);
      });
      far.on("error", () => socket.destroy());
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return {
    origin: `http://${host}`,
    url: `http://${user}:${encodeURIComponent(password)}@${host}`,
    asked,
    knewAll: () => brought.size === 1 && brought.has(basic),
  };
}
