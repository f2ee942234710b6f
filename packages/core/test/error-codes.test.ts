import { expect, test } from "vitest";
import { errorCodes } from "../src/index.ts";

test("what an error code says to do names no program, for each product has its own", () => {
  expect(JSON.stringify(errorCodes)).not.toMatch(/org.auth/i);
});
