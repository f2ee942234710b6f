import fc from "fast-check";
import { expect, test } from "vitest";
import { challengesOf, parseChallenges } from "../src/index.ts";

/** The challenges in one line each, for reading. */
function read(header: string): readonly string[] {
  return parseChallenges(header).map(({ scheme, parameters, token68 }) =>
    [
      scheme,
      ...[...parameters].map(([name, value]) => `${name}=<${value}>`),
      ...(token68 ? [`<${token68}>`] : []),
    ].join(" "),
  );
}

const wellFormed: readonly (readonly [header: string, challenges: readonly string[]])[] = [
  ["", []],
  ["Bearer", ["bearer"]],
  ["Bearer ", ["bearer"]],
  ["BEARER, dpop", ["bearer", "dpop"]],
  ['Bearer realm="example"', ["bearer realm=<example>"]],
  ['Bearer Realm = "a" , ERROR=invalid_token', ["bearer realm=<a> error=<invalid_token>"]],
  [
    'Bearer error="x",error_description="a \\"quoted\\", text \\\\ and = more"',
    ['bearer error=<x> error_description=<a "quoted", text \\ and = more>'],
  ],
  ['Bearer realm=""', ["bearer realm=<>"]],
  ["Basic dGVzdA==", ["basic <dGVzdA==>"]],
  ["Negotiate a/b+c==, Bearer scope=a", ["negotiate <a/b+c==>", "bearer scope=<a>"]],
  [
    'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
    ['newauth realm=<apps> type=<1> title=<Login to "apps">', "basic realm=<simple>"],
  ],
  [', , Bearer a=b,, c="d" ,, DPoP algs="ES256 RS256",', ["bearer a=<b> c=<d>", "dpop algs=<ES256 RS256>"]],
  ['Bearer a="scheme b=c, Basic realm=x"', ["bearer a=<scheme b=c, Basic realm=x>"]],
];

test.for(wellFormed)("4.1-35 challenges are read by the grammar: %s", ([header, challenges]) => {
  expect(read(header)).toEqual(challenges);
});

const malformed: readonly (readonly [header: string, before: readonly string[]])[] = [
  ['Bearer realm="no end', []],
  ["Bearer @", []],
  ["=", []],
  ['"Bearer"', []],
  ["Bearer a b", []],
  ["Bearer a=b c=d", []],
  ['Bearer a="b"c', []],
  ["Bearer a=b, a=c", []],
  ["Bearer a=b, A=c", []],
  ["Basic x, Bearer a=b, c=, Basic y", ["basic <x>", "bearer a=<b>"]],
  ["Bearer a=ü", []],
];

test.for(malformed)("4.1-35 what is malformed ends the reading: %s", ([header, before]) => {
  expect(read(header)).toEqual(before);
});

test("4.1-35 no more than 8 KiB are read, and no half of a challenge", () => {
  const many = Array.from({ length: 500 }, (_, index) => `Odd-${String(index)} realm="${"x".repeat(20)}"`);
  const challenges = parseChallenges(many.join(", "));
  expect(challenges.length).toBeGreaterThan(150);
  expect(challenges.length).toBeLessThan(8192 / 35);
  expect(new Set(challenges.map(({ parameters }) => parameters.get("realm")))).toEqual(new Set(["x".repeat(20)]));
  expect(parseChallenges(`Bearer realm=${"x".repeat(10_000)}`)).toEqual([]);
});

test("several headers are as good as one", () => {
  const headers = new Headers([
    ["www-authenticate", 'Bearer realm="a"'],
    ["www-authenticate", "DPoP"],
  ]);
  expect(challengesOf(new Response(null, { status: 401, headers })).map(({ scheme }) => scheme)).toEqual([
    "bearer",
    "dpop",
  ]);
  expect(challengesOf(new Response())).toEqual([]);
});

test("whatever can be written in the grammar is read as it was meant", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/);
  const value = fc.string({ unit: "grapheme-ascii" }).filter((text) => /^[\t\x20-\x7e]*$/.test(text));
  const parameters = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, parameters), { maxLength: 5 }), (challenges) => {
      const header = challenges
        .map(([scheme, given]) => {
          const written = Object.entries(given).map(([key, text]) => `${key}="${text.replace(/["\\]/g, "\\$&")}"`);
          return `${scheme} ${written.join(", ")}`.trim();
        })
        .join(", ");
      const found = parseChallenges(header).map((one) => [one.scheme, Object.fromEntries(one.parameters)]);
      expect(found).toEqual(challenges);
    }),
  );
});

test("whatever an API writes, the reading ends and throws nothing", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 9000 }), (text) => void parseChallenges(text)));
  const hard = ["a=".repeat(4000), "a ".repeat(4000), `Bearer a="${"\\".repeat(8000)}`, `a${" ".repeat(8000)}b`];
  for (const text of [...hard, ",".repeat(8000), `${" ,".repeat(4000)}=`]) {
    expect(parseChallenges(text).length).toBeLessThan(4001);
  }
});
