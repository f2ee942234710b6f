import { expect, test } from "vitest";
import { dataFolder, findDataHome } from "../src/index.ts";

const appName = "org-auth";
const platform = "linux";
const isFolder = (): boolean => true;

test("B.1-23 credentials live in the XDG data folder", () => {
  expect(dataFolder({ appName, platform, isFolder, env: { HOME: "/home/ana" } })).toBe(
    "/home/ana/.local/share/org-auth",
  );
  expect(dataFolder({ appName, platform, isFolder, env: { HOME: "/home/ana", XDG_DATA_HOME: "/data" } })).toBe(
    "/data/org-auth",
  );
});

test("F10 a relative XDG_DATA_HOME is ignored", () => {
  expect(dataFolder({ appName, platform, isFolder, env: { HOME: "/home/ana", XDG_DATA_HOME: "data" } })).toBe(
    "/home/ana/.local/share/org-auth",
  );
});

test("F10 a HOME that names no folder is an error that says so, and never the working directory", () => {
  for (const HOME of [undefined, "", "relative", "/nonexistent", import.meta.filename]) {
    expect(() => dataFolder({ appName, platform, env: { HOME } })).toThrow(
      expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("HOME") as string }),
    );
  }
});

test("the folder that the products share is found, or not, without an error", () => {
  const env = { HOME: "/nonexistent" };
  expect(findDataHome({ HOME: "relative" }, platform, isFolder)).toBeUndefined();
  expect(findDataHome(env, platform, () => false)).toBeUndefined();
  expect(findDataHome(env, platform)).toBe("/nonexistent/.local/share");
  expect(findDataHome({ ...env, XDG_DATA_HOME: "/data" }, platform, () => false)).toBe("/data");
});
