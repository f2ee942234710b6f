import { request, type IncomingHttpHeaders } from "node:http";

export interface Page {
  /** Where it is. */
  readonly address: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface VisitOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Goes to an address and on to wherever that redirects. */
export async function browse(url: string): Promise<Page> {
  const page = await visit(url);
  const { location } = page.headers;
  return location === undefined ? page : await browse(new URL(location, url).href);
}

/** Makes one request, with a new connection. */
export function visit(url: string, { method = "GET", headers = {} }: VisitOptions = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, search } = new URL(url);
    const options = { host: hostname.replace(/[[\]]/g, ""), port, path: pathname + search, method, agent: false };
    request({ ...options, headers: { host: `${hostname}:${port}`, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ address: url, status: response.statusCode ?? 0, headers: response.headers, text }),
      );
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
