import { apiKey, memoryMutex } from "@org/auth-core";
import { keyringStore } from "@org/auth-storage-keyring";

const store = keyringStore({ service: "acme", mutex: memoryMutex() });
const key = { issuer: "https://api.example.com", clientId: "acme", profile: "default" };

await store.update(key, () => apiKey({ apiKey: process.env["ACME_KEY"] ?? "test-only" }));
console.log(await store.list(), await store.read(key));
