import { createClient } from "@org/auth-client";

const api = createClient({ onEvent: ({ type, ...facts }) => console.error(type, facts) });
await api.get("me");
