import { expect, test } from "vitest";
import { apiKey, AuthError, explain, firstMatch, NoCredentialError, type CredentialProvider } from "../src/index.ts";

function has(place: string): CredentialProvider {
  const found = { credential: apiKey({ apiKey: "fake" }), provenance: { place, name: "NAME" } };
  return { place, hint: `set ${place}`, find: () => Promise.resolve(found) };
}
function lacks(place: string): CredentialProvider {
  return { place, hint: `set ${place}`, find: () => Promise.resolve(undefined) };
}
function breaks(place: string): CredentialProvider {
  const error = new AuthError("partial_credential", "half of one", { hint: "complete it" });
  return { place, hint: `set ${place}`, find: () => Promise.reject(error) };
}

test("firstMatch gives what the first provider has, and asks no further", async () => {
  const found = await firstMatch([lacks("a"), has("b"), breaks("c")]).find();
  expect(found?.provenance.place).toBe("b");
  expect(await firstMatch([lacks("a")]).find()).toBeUndefined();
});

test("firstMatch stops at a provider that has something broken", async () => {
  await expect(firstMatch([breaks("a"), has("b")]).find()).rejects.toMatchObject({ code: "partial_credential" });
});

test("explain tells the same search step by step, and what the match hides", async () => {
  const { found, steps } = await explain([lacks("a"), has("b"), has("c"), breaks("d"), lacks("e")]);
  expect(found?.provenance.place).toBe("b");
  expect(steps).toEqual([
    { place: "a", outcome: "absent", hint: "set a" },
    { place: "b", outcome: "chosen", provenance: { place: "b", name: "NAME" } },
    { place: "c", outcome: "shadowed", provenance: { place: "c", name: "NAME" } },
    { place: "d", outcome: "broken", reason: "partial_credential", message: "half of one", hint: "complete it" },
    { place: "e", outcome: "absent", hint: "set e" },
  ]);
});

test("explain ends where firstMatch throws, and says which were not asked", async () => {
  const { found, steps } = await explain([breaks("a"), has("b")]);
  expect(found).toBeUndefined();
  expect(steps.map(({ outcome }) => outcome)).toEqual(["broken", "not-asked"]);
});

test("NoCredentialError lists each place that was asked", async () => {
  const { steps } = await explain([lacks("a"), lacks("b")]);
  expect(new NoCredentialError(steps)).toMatchObject({ code: "no_credential", steps });
  expect(new NoCredentialError(steps).message).toContain("a, b");
});
