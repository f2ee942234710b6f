import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addSite, changeChoices, changeConfig, configPath, readChoices, readConfigFile, trust } from "../src/source.ts";
import { rejection, tempFolder } from "./surroundings.ts";

const issuer = "https://id.example.com";
const product = { name: "acme", envPrefix: "ACME_", sites: { main: { issuer, clientId: "cli" } } };
const site = addSite({
  name: "one",
  fields: [
    { path: ["issuer"], value: issuer },
    { path: ["client_id"], value: "cli" },
  ],
});

test.for([{}, { HOME: "" }, { HOME: "relative", XDG_CONFIG_HOME: "relative" }, { USERPROFILE: "." }])(
  "F10 with %j there are no settings of one's own to read, and none is written anywhere: the variables are named",
  async (home) => {
    const env = { ...home, XDG_DATA_HOME: tempFolder() };
    const { sites, path } = await readConfigFile(product, env);
    expect([...sites.keys()]).toEqual(["main"]);
    expect(path).toBe("$XDG_CONFIG_HOME/acme/config.toml");
    expect(readChoices(product, env)).toEqual({ profiles: {}, trusted: {} });

    const folder = tempFolder();
    writeFileSync(join(folder, ".env"), "ACME_PROFILE=work\n");
    for (const attempt of [
      changeConfig(product, env, site),
      changeChoices(product, env, (current) => current),
      trust(join(folder, ".env"), product, env),
    ]) {
      expect(await rejection(attempt)).toMatchObject({
        code: "config_missing",
        message: expect.stringContaining("neither XDG_CONFIG_HOME nor HOME names a folder"),
        hint: expect.stringContaining("set HOME"),
      });
    }
  },
);

test("F10 a configuration that a variable names needs no home to be read", async () => {
  const path = join(tempFolder(), "own.toml");
  writeFileSync(path, `[sites.two]\nissuer = "${issuer}"\nclient_id = "cli"\n`);
  const env = { ACME_CONFIG: path };
  expect(configPath(product, env)).toBe(path);
  expect([...(await readConfigFile(product, env)).sites.keys()]).toEqual(["two", "main"]);
  expect(await rejection(readConfigFile(product, { ACME_CONFIG: `${path}.none` }))).toMatchObject({
    code: "config_invalid",
  });
});

test("a choice or a configuration that cannot be written is an error that names the file", async () => {
  const home = tempFolder();
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, "file") };
  writeFileSync(env.XDG_CONFIG_HOME, "");
  for (const [attempt, name] of [
    [changeChoices(product, env, (current) => current), "choices.json"],
    [changeConfig(product, env, site), "config.toml"],
  ] as const) {
    expect(await rejection(attempt)).toMatchObject({
      code: "config_unchanged",
      message: expect.stringMatching(
        `^cannot write ${join(env.XDG_CONFIG_HOME, "acme", name)} \\((ENOTDIR|EEXIST)\\)$`,
      ),
      hint: expect.stringContaining("nothing has been changed"),
    });
  }
});
