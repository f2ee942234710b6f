import { expect, test } from "vitest";
import { dataFolder } from "../src/index.ts";

const appName = "org-auth";
const platform = "linux";

test("credentials live in the XDG data folder", () => {
  expect(dataFolder({ appName, platform, env: { HOME: "/home/ana" } })).toBe("/home/ana/.local/share/org-auth");
  expect(dataFolder({ appName, platform, env: { HOME: "/home/ana", XDG_DATA_HOME: "/data" } })).toBe("/data/org-auth");
});

test("a relative XDG_DATA_HOME is ignored", () => {
  expect(dataFolder({ appName, platform, env: { HOME: "/home/ana", XDG_DATA_HOME: "data" } })).toBe(
    "/home/ana/.local/share/org-auth",
  );
});

test("a HOME that names no folder is an error that says so, and never the working directory", () => {
  for (const HOME of [undefined, "", "relative"]) {
    expect(() => dataFolder({ appName, platform, env: { HOME } })).toThrow(
      expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("HOME") as string }),
    );
  }
});
