import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { numbersIn, titlesIn } from "../tools/reference-coverage.ts";

// The programs in examples/ that do what the users of the five systems do. That docs/reference-systems.md shows them as
// they are is checked with the README's, in readme.test.ts.

const root = join(import.meta.dirname, "..");
const page = readText("docs/reference-systems.md");

/** What each prints. The last two lines are what the stand-in's servers have recorded. */
const walks = {
  "anaconda-cloud": `environment: absent
mounted-secret: absent
stored-login: absent
workload-identity: absent
The browser ends at /local-login-success
The sign-in has left the key of anaconda
Another program has the same key: true
authorization: Bearer
user-agent: my-product/1.0
api-version: 2023.01.01
x-team: blue
Signed in as ana
With another key in the environment the API answers 401
environment: chosen, ANACONDA_CLOUD_API_KEY
stored-login: shadowed, default
no_credential: run \`anaconda login --site cloud\`
login_required: run \`anaconda login --site cloud\`
The server was asked for tokens by: authorization_code
The API was asked: POST /gone, POST /api-keys, GET /api-keys, GET /local-login-success, GET /v1/echo, GET /v1/me, GET /v1/me
`,
  keystone: `3 calls, 1 token, 1 sign-in
The browser shows: Welcome, ana. You can close this tab.
Asked for openid profile offline_access api:read api:write at https://weather.example.com
Granted: openid profile api:read api:write
After 1 renewal: 200, 200
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
  "descartes-labs": `Asked in vain: environment,mounted-secret,stored-login,workload-identity
A secret alone: partial_credential, half a credential: DESCARTESLABS_CLIENT_SECRET without DESCARTESLABS_CLIENT_ID
Arguments: a machine
A refresh token in the environment: a person
The same, later: a person
Requests for that: 0
Kept for it: 1 file
A token that has ended: config_invalid, the access token in DESCARTESLABS_ACCESS_TOKEN ended at 2020-09-13T12:26:40.000Z
Its payload: ana [ 'b-team', 'a-team' ]
Its end: 2020-09-13T12:26:40.000Z
Requests in vain: 1 and the old token is used: true
The server was asked for tokens by: authorization_code, client_credentials, refresh_token, refresh_token
The API was asked: GET /v1/me, GET /v1/me, GET /v1/me
`,
  pancloud: `response_type: code
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
The server knows it: false
Profiles left: 0
The server was asked for tokens by: authorization_code, refresh_token
The API was asked: POST /developer-token, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/nowhere, GET /v1/me
`,
  wallaroo: `user_password: as ana
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
The server was asked for tokens by: password, password, device_code, refresh_token, device_code
The API was asked: GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me, GET /v1/me
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

test("the page's tables lead to what shows each number: a comment of the example, or a title of the test", () => {
  const rows = [...page.matchAll(/^\| (B\.\S*\d.*?)\|(.*)\|$/gm)];
  expect(rows.length).toBeGreaterThan(40);
  for (const [, numbers = "", links = ""] of rows) {
    const shown = [...links.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = ""]) => numbersShownIn(path));
    expect(shown.length, numbers).toBeGreaterThan(0);
    for (const one of shown) expect(one).toEqual(expect.arrayContaining([...numbersIn(numbers)]));
  }
});

test("the page's tables name every step of the examples", () => {
  for (const name of Object.keys(walks)) {
    const path = `examples/${name}.ts`;
    const rows = page.split("\n").filter((line) => line.startsWith("| B.") && line.includes(`(../${path})`));
    expect(new Set(rows.flatMap((row) => numbersIn(row))), name).toEqual(new Set(numbersShownIn(path)));
  }
});

function numbersShownIn(path: string): readonly string[] {
  const text = readText(path);
  const places = path.endsWith(".test.ts") ? titlesIn(text) : (text.match(/^ *\/\/ B\..*/gm) ?? []);
  return places.flatMap((place) => numbersIn(place));
}

function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
