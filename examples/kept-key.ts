import { apiKey } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";

const store = fileStore({ folder: dataFolder({ appName: "acme" }) });
const key = { issuer: "https://api.example.com", clientId: "acme", profile: "default" };

await store.update(key, () => apiKey({ apiKey: process.env["ACME_KEY"] ?? "test-only" }));
console.log(await store.list(), await store.read(key));
