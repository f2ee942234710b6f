import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { numbersIn, ownCoverage, stepsIn } from "../tools/reference-coverage.ts";
import { lineOf, referenceRows } from "../tools/reference-links.ts";

// The programs in examples/ that do what the users of the five systems do. That docs/reference-systems.md shows them as
// they are is checked with the README's, in readme.test.ts.

const root = join(import.meta.dirname, "..");
const page = readText("docs/reference-systems.md");

/** What each prints. The last two lines are what the stand-in's servers have recorded. */
const walks = {
  "anaconda-cloud": `By default: b4ad7f1d-c784-46b5-a9fe-106e50441f5a https://id.anaconda.cloud https://anaconda.cloud
By variables: mine https://id.foo.example.com https://foo.example.com
They are: ANACONDA_CLOUD_AUTH_DOMAIN, ANACONDA_CLOUD_AUTH_CLIENT_ID, ANACONDA_CLOUD_API_DOMAIN
environment: absent
mounted-secret: absent
stored-login: absent
workload-identity: absent
mounted-secret: chosen, ~/secrets/anaconda_cloud_api_key
config_invalid: ~/bad.toml:1:13: this is not TOML
config_invalid: the API's address (ANACONDA_CLOUD_API_DOMAIN) is none, nor a domain name
access_denied: signing in at the server failed: the server answered access_denied (server said: the person refused)
The browser ends at /local-login-error
A sign-in that is ended: AbortError
The browser ends at /local-login-success
The sign-in has left the key of anaconda-cloud-auth/1.0 for cloud:read cloud:write
Another program has the same key: true
stored-login: chosen, default
With another key in the environment the API answers 401
environment: chosen, ANACONDA_CLOUD_API_KEY
stored-login: shadowed, default
By password: 200
config_invalid: --site names a site and --issuer the issuer of another; use one
Please enter the code at /device
stored-login: chosen, other
The copy is as good: true
The key ends: undefined
authorization: Bearer
user-agent: my-product/1.0
api-version: 2023.01.01
x-team: blue
this client speaks version 2023.01.01 of the API, and the API serves 2024.1.1 and later: update the client
Signed in as ana
The machine is named: true
The site of that host: cloud
config_invalid: there is no site "nowhere" in ~/.config/anaconda/config.toml (--site)
no_credential: run \`anaconda login --site cloud\`
login_required: run \`anaconda login --site cloud\`
The server was asked for tokens by: authorization_code, password, device_code
The API was asked: POST /gone, POST /api-keys, GET /api-keys, POST /gone, POST /api-keys, GET /local-login-error, GET /local-login-success, GET /v1/me, GET /v1/me, GET /v1/echo, GET /v1/me, GET /v1/echo, GET /v1/me
`,
  keystone: `3 calls, 1 token, 1 sign-in
The browser shows: Welcome, ana. You can close this tab.
Asked for openid profile offline_access api:read api:write at https://weather.example.com
Granted: openid profile api:read api:write
After 1 renewal: 200, 200
event: credential-found
event: renewal-started
event: renewal-ended
Logins on disk: 1
Logins on disk: 0
Please enter the code at /device
Signed in as ana
Logins on disk: 0
The server was asked for tokens by: authorization_code, refresh_token, refresh_token, device_code
The API was asked: GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me
`,
  "descartes-labs": `The site: production by DESCARTESLABS_ENV
Asked in vain: environment,mounted-secret,stored-login,workload-identity
A secret alone: partial_credential, half a credential: DESCARTESLABS_CLIENT_SECRET without DESCARTESLABS_CLIENT_ID
Arguments: a machine
A refresh token in the environment: a person
The same, later: a person
Requests for that: 0
Kept for it: 1 file
Its file: default imported
Kept now: 2 files
No file: no_credential
A token that has ended: config_invalid, the access token in DESCARTESLABS_TOKEN ended at 2020-09-13T12:26:40.000Z
Its payload: ana [ 'b-team', 'a-team' ]
Its end: 2020-09-13T12:26:40.000Z
Requests in vain: 1 and the old token is used: true
Asked again: a person
One login, two clients: 200, 200
auth token: true
auth name: ana
auth groups: a-team,b-team
"Bearer" is left out of what DESCARTESLABS_TOKEN holds: it belongs to the header, not to the secret
DESCARTESLABS_TOKEN is used instead of the login "default"; to use that give --ignore-env (in a program: ignoreEnv)
It is the same: true
The server was asked for tokens by: authorization_code, client_credentials, refresh_token, refresh_token
The API was asked: GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me
`,
  pancloud: `Kept: 0
response_type: code
instance_id: 1234
region: us
All three: static-token of the argument, accessToken
Two of them: client-secret of the environment, PAN_CLIENT_SECRET
The profile alone: token-set of the stored-login, work
Renewals: 1
The store has the new one: true
Not found: 404
A developer: developer-token of the environment, PAN_DEVELOPER_TOKEN
The API takes it for: developer
Its own end: undefined
Secrets in print: false
accept: application/json
user-agent: pancloud/1.0
Hung up: network
The server knows it: false
Found: true false
Profiles left: 0
The server was asked for tokens by: authorization_code, authorization_code, refresh_token
The API was asked: POST /developer-token, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/nowhere, GET /v1/me, GET /v1/echo, GET /v1/me
`,
  wallaroo: `Own premises: https://wallaroo.internal.example https://keycloak.internal.example/realm
user_password: as ana
From a file: as ana
token: as ana
orch, too early: no_credential: run \`wallaroo login --site own\`
Please enter the code at /device
Login successful: true
Another program has the same token: true
orch: as ana
user_id and user_email: true ana@example.com
Another profile: no_credential: run \`wallaroo login --site own --profile night-shift\`
Please enter the code at /device
Sign-ins: 2
test_auth: 401
none: 401
After the logout: no_credential: run \`wallaroo login --site own\`
The server was asked for tokens by: password, password, password, device_code, refresh_token, device_code
The API was asked: GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me
`,
} as const;

test.concurrent.for(Object.entries(walks))(
  "%s does what its users do, step by step",
  async ([name, said], { expect }) => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--conditions=@org/source", `examples/${name}.ts`],
      { cwd: root, env: {}, timeout: 25_000 },
    );
    expect({ stdout, stderr }).toEqual({ stdout: said, stderr: "" });
  },
);

const rows = referenceRows(page);

test("the page's tables lead to the very line that shows each number; `npx -y pnpm@12 docs:reference` mends them", () => {
  expect(rows.length).toBeGreaterThan(80);
  for (const { number, links } of rows) {
    expect(links.length, number).toBeGreaterThan(0);
    for (const { path, line } of links) expect(line, `${number} in ${path}`).toBe(lineOf(number, path) ?? "nowhere");
  }
});

test("each number that is not about a defect has one row, or is said to be different", () => {
  const numbers = rows.map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  const { tested } = ownCoverage();
  const isDocumented = (number: string): boolean => /^B\.[1-5]-/.test(number);
  expect(tested.filter((number) => isDocumented(number) && !numbers.includes(number))).toEqual([]);
});

test("the page's tables name every step of the examples", () => {
  for (const name of Object.keys(walks)) {
    const path = `examples/${name}.ts`;
    const named = rows.filter(({ links }) => links.some((link) => link.path === path)).map(({ number }) => number);
    expect(new Set(named), name).toEqual(new Set(stepsIn(readText(path)).flatMap(numbersIn)));
  }
});

test("a line is where a number first stands: a step, or a title", () => {
  expect(lineOf("B.3-16", "examples/keystone.ts")).toBeUndefined();
  expect(lineOf("B.1-9", "examples/reference-products.ts")).toBeUndefined();
  const line = lineOf("B.5-12", "examples/wallaroo.ts") ?? 0;
  expect(readText("examples/wallaroo.ts").split("\n")[line - 1]).toMatch(/^\/\/ B\.5-12 /);
});

function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
