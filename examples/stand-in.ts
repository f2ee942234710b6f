import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineProduct, type BrowserWay, type DeviceWay, type Product, type ProductSite } from "@org/auth-client";
import { headlessPerson, startApiKeys, startAuthServer, startProtectedApi } from "@org/auth-testing";
import type { ApiKeys, AuthServer, AuthServerOptions, Person, ProtectedApi, Visit } from "@org/auth-testing";

/** A service on loopback in the place of an older system's, and a person who has an account there. */
export interface StandIn {
  readonly server: AuthServer;
  readonly keys: ApiKeys;
  readonly api: ProtectedApi;
  /** The person's home, which is empty at first and removed in the end. */
  readonly home: string;
  readonly person: Person;
  /** The person at a browser, or with another device. Without them a program opens the real browser. */
  readonly browser: BrowserWay;
  readonly device: DeviceWay;
  /** What the person saw at the end of each sign-in. */
  readonly visits: readonly Promise<Visit>[];
  /** The product with one of its sites moved here. */
  move(product: Product, site: string, more?: Partial<ProductSite>): Product;
  /** Prints what the servers were asked for, and ends them. */
  close(): Promise<void>;
}

export async function startStandIn(options: AuthServerOptions = {}): Promise<StandIn> {
  const server = await startAuthServer(options);
  const keys = await startApiKeys({ introspect: server.introspect });
  const api = await startProtectedApi({ introspect: keys.introspect });
  const home = mkdtempSync(join(tmpdir(), "stand-in-"));
  process.once("exit", () => rmSync(home, { recursive: true }));
  const person = headlessPerson(server.person);
  const visits: Promise<Visit>[] = [];

  return {
    ...{ server, keys, api, home, person, visits },
    browser: { flow: "browser", open: () => true, show: (url) => void visits.push(person.signIn(url)) },
    device: {
      flow: "device",
      show({ userCode, verificationUri }) {
        console.log("Please enter the code at", new URL(verificationUri).pathname);
        visits.push(person.approveDevice({ userCode, verificationUri }));
      },
    },
    move(product, site, more) {
      const here = { issuer: server.issuer, clientId: server.nativeClientId, apiUrl: api.baseUrl };
      return defineProduct({
        ...product,
        sites: { ...product.sites, [site]: { ...product.sites?.[site], ...here, ...more } },
      });
    },
    async close() {
      const grants = server.requests.flatMap(({ grantType }) => grantType?.replace(/.*:/, "") ?? []);
      const asked = [...keys.requests, ...api.requests].map(({ method, path }) => `${method} ${path}`);
      console.log("The server was asked for tokens by:", grants.join(", "));
      console.log("The API was asked:", asked.join(", "));
      await Promise.all([server.close(), keys.close(), api.close()]);
    },
  };
}
