import { authorizationServer, clientCredentials } from "@org/auth-flows";

const { ISSUER = "https://id.example.com", CLIENT_ID = "app", CLIENT_SECRET = "" } = process.env;

const server = await authorizationServer(ISSUER);
const client = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
const tokens = await clientCredentials(server, client, { scopes: ["api:read"] });
console.log(tokens); // Its accessToken is there for whoever names it, and is not printed.
