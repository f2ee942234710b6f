/** All variables that a product has, without its prefix. */
export const variableNames = [
  "ACCESS_TOKEN",
  "API_KEY",
  "API_URL",
  "API_VERSION",
  "BROWSER",
  "CLIENT_ID",
  "CLIENT_SECRET",
  "CONFIG",
  "DEVELOPER_TOKEN",
  "EXTRA_HEADERS",
  "IDENTITY_TOKEN_FILE",
  "ISSUER",
  "LOG_LEVEL",
  "OUTPUT",
  "PASSWORD",
  "PRIVATE_KEY",
  "PROFILE",
  "REFRESH_TOKEN",
  "SCOPE",
  "SECRETS_DIR",
  "SITE",
  "STORE",
  "STORE_PASSPHRASE",
  "USERNAME",
] as const;

/** The name of one of a product's variables, without its prefix. */
export type VariableName = (typeof variableNames)[number];

/** The variables that hold secrets: each may also be named by a file, in the variable of that name with `_FILE`. */
export const secretNames: ReadonlySet<string> = new Set<VariableName>([
  "ACCESS_TOKEN",
  "API_KEY",
  "CLIENT_SECRET",
  "DEVELOPER_TOKEN",
  "PASSWORD",
  "PRIVATE_KEY",
  "REFRESH_TOKEN",
  "STORE_PASSPHRASE",
]);
