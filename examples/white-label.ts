#!/usr/bin/env node
import { run } from "@org/auth-cli";
import { defineProduct } from "@org/auth-client";

const product = defineProduct({
  name: "acme",
  envPrefix: "ACME_",
  sites: {
    prod: { issuer: "https://id.acme.example", clientId: "acme-cli", apiUrl: "https://api.acme.example/v1" },
  },
});

await run(product, { version: "1.4.0" });
