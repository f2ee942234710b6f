import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenSet, type CredentialKey } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";

/** How the command line learns which login is meant: two variables, nothing at all, or a configuration file. */
export type LoginFrom = "configuration" | "environment" | "listing";

/** A person's home with one login in it, whose token is fresh. */
export interface HomeWithLogin {
  readonly folder: string;
  /** All variables a command needs. */
  readonly env: Readonly<Record<string, string>>;
  /** The access token. */
  readonly token: string;
  /** Removes the folder. */
  remove(): void;
}

/** Makes a home folder in which the file store keeps a login such as people have. */
export async function homeWithLogin(from: LoginFrom): Promise<HomeWithLogin> {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-home-"));
  const home = { HOME: folder };
  const store = fileStore({ folder: dataFolder({ appName: "org-auth", env: home, platform: "linux" }) });
  await store.update(key, () => login());
  if (from === "configuration") {
    mkdirSync(join(folder, ".config/org-auth"), { recursive: true });
    writeFileSync(join(folder, ".config/org-auth/config.toml"), configuration);
  }
  return {
    folder,
    env: from === "environment" ? { ...home, ORG_AUTH_ISSUER: key.issuer, ORG_AUTH_CLIENT_ID: key.clientId } : home,
    token,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const key: CredentialKey = { issuer: "https://id.example.com", clientId: "example-cli", profile: "default" };

/** As long as a signed one is. */
const token = `fake-access-token-${"x".repeat(900)}`;

const configuration = `[sites.example]
issuer = "${key.issuer}"
client_id = "${key.clientId}"
api_url = "https://api.example.com/v1"
`;

function login(): ReturnType<typeof tokenSet> {
  const { issuer, clientId } = key;
  const obtainedAtMs = Date.now();
  return tokenSet({
    server: {
      issuer,
      tokenEndpoint: `${issuer}/token`,
      authorizationEndpoint: `${issuer}/authorize`,
      deviceAuthorizationEndpoint: `${issuer}/device`,
      revocationEndpoint: `${issuer}/revoke`,
      jwksUri: `${issuer}/jwks`,
      issParameterSupported: true,
    },
    clientId,
    accessToken: token,
    refreshToken: "fake-refresh-token",
    obtainedAtMs,
    expiresAtMs: obtainedAtMs + 24 * 3_600_000,
    scopes: ["openid", "profile", "email", "offline_access"],
    account: { subject: "1", username: "ana", email: "ana@example.com" },
    api: { baseUrl: "https://api.example.com/v1", origins: ["https://api.example.com"] },
    generation: 0,
  });
}
