import { request, type IncomingHttpHeaders } from "node:http";

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface VisitOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Goes to an address as a browser would, with a new connection. */
export function visit(url: string, { method = "GET", headers = {} }: VisitOptions = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, search } = new URL(url);
    const options = { host: hostname.replace(/[[\]]/g, ""), port, path: pathname + search, method, agent: false };
    request({ ...options, headers: { host: `${hostname}:${port}`, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    })
      .on("error", reject)
      .end();
  });
}

/** The address a server sends the browser back to. `undefined` leaves a parameter out. */
export function callbackUrl(
  authorizationUrl: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URL(authorizationUrl).searchParams;
  const url = new URL(query.get("redirect_uri") ?? "");
  const all: Readonly<Record<string, string | undefined>> = { state: query.get("state") ?? "", ...parameters };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.append(name, value);
  return url.href;
}
