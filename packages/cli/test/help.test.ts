import { expect, test } from "vitest";
import { helpText } from "../src/help.ts";
import { commands } from "../src/index.ts";

test("no help names another program than the product's own", () => {
  for (const topic of [undefined, "exit-codes", ...commands.map(({ name }) => name)]) {
    const text = helpText("acme", commands, topic);
    expect(text, topic).not.toMatch(/org.auth/i);
    if (topic !== "exit-codes") expect(text).toMatch(/^Usage: acme /);
  }
});
