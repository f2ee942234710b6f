import { expect, test } from "vitest";
import {
  apiKey,
  AuthError,
  explain,
  findFirst,
  firstMatch,
  LoginRequiredError,
  NoCredentialError,
  type CredentialProvider,
} from "../src/index.ts";

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

test("findFirst tells what each place said, up to the one that has a credential, and asks no further", async () => {
  const after: CredentialProvider = { place: "c", hint: "", find: () => expect.fail("it was asked") };
  const { found, steps } = await findFirst([lacks("a"), has("b"), after]);
  expect(found?.provenance.place).toBe("b");
  expect(steps).toEqual([
    { place: "a", outcome: "absent", hint: "set a" },
    { place: "b", outcome: "chosen", provenance: { place: "b", name: "NAME" } },
  ]);
  expect(await findFirst([lacks("a")])).toEqual({ steps: [{ place: "a", outcome: "absent", hint: "set a" }] });
});

test("the error that ends a search carries what was said up to it", async () => {
  const steps = [
    { place: "a", outcome: "absent", hint: "set a" },
    { place: "b", outcome: "broken", reason: "partial_credential", message: "half of one", hint: "complete it" },
  ];
  const providers = [lacks("a"), breaks("b"), has("c")];
  await expect(findFirst(providers)).rejects.toMatchObject({ code: "partial_credential", steps });
  await expect(firstMatch(providers).find()).rejects.toMatchObject({ code: "partial_credential", steps });
});

test("what is no error of ours ends a search as it is, and is told without its words", async () => {
  const error = new TypeError("canary");
  const odd: CredentialProvider = { place: "a", hint: "set a", find: () => Promise.reject(error) };
  await expect(findFirst([odd])).rejects.toBe(error);
  expect(error).not.toHaveProperty("steps");
  expect((await explain([odd])).steps).toEqual([
    { place: "a", outcome: "broken", reason: "unexpected", hint: "set a" },
  ]);
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
  expect(new NoCredentialError(steps)).toMatchObject({ name: "NoCredentialError", code: "no_credential", steps });
  expect(new NoCredentialError(steps)).toBeInstanceOf(LoginRequiredError);
  expect(new NoCredentialError(steps).message).toContain("a, b");
  expect(new NoCredentialError([]).message).toBe("no credential found; no place was asked");
});
