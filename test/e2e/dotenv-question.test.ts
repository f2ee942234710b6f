import { writeFileSync } from "node:fs";
import { startRecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { dotenvFolder } from "./dotenv-folder.ts";
import { run, setUp } from "./org-auth.ts";
import { hasTerminals, orgAuthLine, startAtTerminal } from "./terminal.ts";

const address = /^ +(http\S+\/auth\?\S+)$/m;

test.skipIf(!hasTerminals)(
  "4.6-74 4.6-79 at a terminal a person is shown where an untrusted .env file leads, in ASCII, and says yes or no",
  async () => {
    const { api, env, person, server } = await setUp();
    const evil = await startRecordingServer();
    onTestFinished(() => evil.close());
    const bare = { HOME: env.HOME, PATH: env.PATH, ORG_AUTH_STORE: "file" };
    const { folder, path } = dotenvFolder({
      ORG_AUTH_ISSUER: "https://\u0430pple.com",
      ORG_AUTH_CLIENT_ID: server.nativeClientId,
      ORG_AUTH_API_URL: evil.origin,
    });
    for (const answer of ["no", "y", ""]) {
      const login = startAtTerminal(orgAuthLine("login", "--no-browser"), { env: bare, folder });
      await login.shows(/\(yes\/N\) /);
      login.type(`${answer}\r`);
      const { screen, status } = await login.ended;
      expect({ screen, status }, answer).toMatchObject({ status: 5 });
      expect(screen).toContain("[untrusted_origin]");
      expect(screen).toContain("ORG_AUTH_ISSUER  https://xn--pple-43d.com");
      expect(screen).toContain(`ORG_AUTH_API_URL  ${evil.origin}`);
    }
    expect(await run(["login", "--no-browser"], { env: bare, folder })).toMatchObject({ status: 5, stdout: "" });

    const variables = { ORG_AUTH_ISSUER: server.issuer, ORG_AUTH_CLIENT_ID: server.nativeClientId };
    const write = (apiUrl: string): void => {
      const lines = Object.entries({ ...variables, ORG_AUTH_API_URL: apiUrl });
      writeFileSync(path, lines.map(([name, value]) => `${name}=${value}\n`).join(""));
    };
    write(api.baseUrl);
    const login = startAtTerminal(orgAuthLine("login", "--no-browser"), { env: bare, folder });
    await login.shows(/\(yes\/N\) /);
    login.type("yes\r");
    await person.signIn(await login.shows(address));
    expect((await login.ended).status).toBe(0);
    expect((await run(["curl", "/me"], { env: bare, folder })).status).toBe(0);

    write(evil.origin);
    const changed = startAtTerminal(orgAuthLine("login", "--no-browser"), { env: bare, folder });
    await changed.shows(/\(yes\/N\) /);
    changed.type("\x03");
    expect((await changed.ended).status).toBe(130);
    expect(evil.requests).toEqual([]);
  },
);
