import { defineClient, defineProduct } from "@org/auth-client";

const product = defineProduct({
  name: "acme",
  envPrefix: "ACME_",
  userAgent: "acme-client/1.4.0",
  sites: {
    prod: {
      issuer: "https://id.acme.example",
      clientId: "acme-client",
      apiUrl: "https://api.acme.example/v1",
      scopes: ["openid", "offline_access", "things:read"],
    },
  },
  defaultSite: "prod",
});

/** Makes a client of Acme's API. It takes the options of `createClient`, each of which wins over what is said here. */
export const acme = defineClient({
  product,
  apiVersion: "2026-11-01",
  extraHeaders: { "x-acme-language": "en" },
});
