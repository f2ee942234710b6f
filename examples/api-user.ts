import { createClient } from "@org/auth-client";

const api = createClient({ baseUrl: process.env["ORG_AUTH_API_URL"] ?? "https://api.example.com/v1" });
console.log(await api.get("me").json());
