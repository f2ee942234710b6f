import { defaultProduct } from "@org/auth-client/source";
import { expect, test } from "vitest";
import { diary } from "../src/diary.ts";

test("what was noted is written whole, in order, and before all else that comes after it", async () => {
  const lines: string[] = [];
  const stderr = { isTty: false, write: async (data: string | Uint8Array) => void lines.push(String(data)) };
  const levels = [new Promise<void>((resolve) => setImmediate(resolve)), Promise.resolve(), Promise.resolve()];
  const notes = diary(defaultProduct, stderr, async () => {
    await levels.shift();
    return "debug";
  });
  notes.onWarning("the first");
  notes.onWarning("the second");
  notes.onWarning("the first");
  notes.onEvent({ type: "clock-skewed", issuer: "https://id.example.com", aheadMs: 60_000 });
  await notes.stderr.write("error: the end\n");
  expect(lines).toEqual([
    "warning: the first\n",
    "warning: the second\n",
    expect.stringMatching(/^warning: your clock is /),
    expect.stringMatching(/^debug: /),
    "error: the end\n",
  ]);
});
