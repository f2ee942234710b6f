import { chmodSync, chownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSettings, type Settings } from "../src/source.ts";
import { tempFolder } from "./surroundings.ts";

const product = { name: "acme", envPrefix: "ACME_" };

interface Read {
  readonly settings: Settings;
  readonly warnings: readonly string[];
}

/** What is read in a folder, and what is said of it. */
async function read(folder: string): Promise<Read> {
  const warnings: string[] = [];
  const env = { HOME: tempFolder(), HOSTNAME: "expanded" };
  const settings = await readSettings(product, {}, { env, folder, onWarning: (warning) => warnings.push(warning) });
  return { settings, warnings };
}

/** The same where this is the file. */
async function readFile(content: string | Uint8Array): Promise<Read & { readonly path: string }> {
  const folder = tempFolder();
  const path = join(folder, ".env");
  writeFileSync(path, content);
  return { ...(await read(folder)), path };
}

const written: readonly (readonly [what: string, content: string | Uint8Array, profile: string])[] = [
  ["a plain line", "ACME_PROFILE=work\n", "work"],
  ["no line break at its end", "ACME_PROFILE=work", "work"],
  ["a byte order mark", "\ufeffACME_PROFILE=work\n", "work"],
  ["Windows' line ends", "# of ours\r\nACME_PROFILE=work\r\n", "work"],
  ["export", "export ACME_PROFILE=work\n", "work"],
  ["blanks around", "  ACME_PROFILE =  work  \n", "work"],
  ["quotes", `ACME_PROFILE="work"\n`, "work"],
  ["quotes over several lines", `ACME_PROFILE="wo\nrk"\nACME_OUTPUT=text\n`, "wo\nrk"],
  ["a comment", "ACME_PROFILE=work # mine\n", "work"],
  ["a command", "ACME_PROFILE=$(touch /tmp/canary)\n", "$(touch /tmp/canary)"],
  ["a command in quotes", 'ACME_PROFILE="$(touch /tmp/canary)"\n', "$(touch /tmp/canary)"],
  ["another variable", "ACME_PROFILE=${HOSTNAME}\n", "${HOSTNAME}"],
  ["another variable of the file", "ACME_OUTPUT=json\nACME_PROFILE=$ACME_OUTPUT\n", "$ACME_OUTPUT"],
  ["an empty value", "ACME_PROFILE=\n", "default"],
  ["a blank value", 'ACME_PROFILE="  "\n', "default"],
  ["other people's variables", "PROFILE=work\nMY_ACME_PROFILE=work\nacme_profile=work\n", "default"],
];

test.for(written)(
  "4.6-77 a .env file with %s is read, never expanded, and nothing of it is run",
  async ([, content, profile]) => {
    const { settings, warnings } = await readFile(content);
    expect(settings.profile).toBe(profile);
    expect(warnings).toEqual([]);
  },
);

const notText: readonly (readonly [what: string, content: Uint8Array])[] = [
  ["UTF-16", Buffer.from("\ufeffACME_PROFILE=work\n", "utf16le")],
  ["UTF-16, the other way round", Buffer.from("\ufeffACME_PROFILE=work\n", "utf16le").swap16()],
  ["a NUL", Buffer.from("ACME_PROFILE=work\0\n")],
];

test.for(notText)("4.6-77 a .env file in %s is left alone, with a warning", async ([, content]) => {
  const { settings, warnings, path } = await readFile(content);
  expect(settings.profile).toBe("default");
  expect(warnings).toEqual([`${path} is not read: it is not UTF-8 text`]);
});

test("4.6-77 a line that is not NAME=value is told by its number alone, and the others count", async () => {
  const lines = [
    "# x",
    "ACME_API_KEY canary-secret",
    "ACME_PROFILE=work",
    "export ACME_API_KEY",
    'ACME_OUTPUT="canary',
  ];
  const { settings, warnings, path } = await readFile(lines.join("\n"));
  expect(settings).toMatchObject({ profile: "work", output: "text" });
  expect(warnings).toEqual([2, 4, 5].map((line) => `${path} line ${String(line)} is left out: it is not NAME=value`));
});

test("4.6-77 a value that begins with a quote of its own is no fault", async () => {
  const { settings, warnings } = await readFile(`ACME_PROFILE='"work"'\nACME_API_VERSION="it's"\n`);
  expect(settings).toMatchObject({ profile: '"work"', apiVersion: "it's" });
  expect(warnings).toEqual([]);
});

const odd: Readonly<Record<string, (path: string, folder: string) => void>> = {
  "it is a symbolic link": (path, folder) => {
    writeFileSync(join(folder, "target"), "ACME_PROFILE=work\n");
    symlinkSync(join(folder, "target"), path);
  },
  "it is larger than 64 KiB": (path) => {
    writeFileSync(path, "ACME_PROFILE=work\n");
    truncateSync(path, 2 ** 31);
  },
  "everybody can change it": (path) => {
    writeFileSync(path, "ACME_PROFILE=work\n");
    chmodSync(path, 0o646);
  },
  "it belongs to another user": (path) => {
    writeFileSync(path, "ACME_PROFILE=work\n");
    chownSync(path, 65_534, 65_534);
  },
};

for (const [why, make] of Object.entries(odd)) {
  // Only root can give a file away.
  test.skipIf(why.includes("another user") && process.getuid?.() !== 0)(
    `4.6-77 a .env file is left alone, with a warning, when ${why}`,
    async () => {
      const folder = tempFolder();
      make(join(folder, ".env"), folder);
      const { settings, warnings } = await read(folder);
      expect(settings.profile).toBe("default");
      expect(warnings).toEqual([`${join(folder, ".env")} is not read: ${why}`]);
    },
  );
}

const bad: readonly (readonly [line: string, why: string, setting: object])[] = [
  ["ACME_LOG_LEVEL=canary", "is none of error, warn, info, debug", { logLevel: "warn" }],
  ["ACME_OUTPUT=canary", "is none of json, text", { output: "text" }],
  ['ACME_API_VERSION="1\\ncanary: x"', "has characters that no header can carry", { apiVersion: undefined }],
];

test.for(bad)(
  "2.3 what a file that nobody trusts says badly is left out, with a warning: %s",
  async ([line, why, setting]) => {
    const { settings, warnings, path } = await readFile(`${line}\n`);
    expect(settings).toMatchObject(setting);
    expect(settings.origins).not.toHaveProperty(Object.keys(setting)[0] ?? "");
    expect(warnings).toEqual([expect.stringMatching(/; nobody trusts that file, so it is ignored$/)]);
    for (const told of [path, why]) expect(warnings[0]).toContain(told);
    expect(warnings[0]).not.toContain("canary");
  },
);

test("4.6-77 a folder that is called .env is none", async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, ".env"));
  expect(await read(folder)).toMatchObject({ settings: { profile: "default" }, warnings: [] });
});

test("2.3 B.1-1 the file of the folder itself is read: not those above, and none where none is wanted", async () => {
  const above = tempFolder();
  writeFileSync(join(above, ".env"), "ACME_PROFILE=work\n");
  const folder = join(above, "below");
  mkdirSync(folder);
  expect((await read(folder)).settings.profile).toBe("default");
  expect((await read(above)).settings.profile).toBe("work");
  const none = await readSettings(product, {}, { env: {}, folder: false });
  expect(none.profile).toBe("default");
});

test("2.3 a file that others may read, and a group may change, is read", async () => {
  const folder = tempFolder();
  const path = join(folder, ".env");
  writeFileSync(path, "ACME_PROFILE=work\n");
  for (const mode of [0o644, 0o664, 0o600]) {
    chmodSync(path, mode);
    expect((await read(folder)).settings.profile).toBe("work");
  }
});
