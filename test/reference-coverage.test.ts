import { expect, test } from "vitest";
import { entriesOf, numbersIn, ownCoverage, referenceCoverage, titlesIn } from "../tools/reference-coverage.ts";

test("every behaviour of the reference systems, and every fault, has a test that names it, or an entry that says what differs", () => {
  expect(ownCoverage().neither).toEqual([]);
});

test("a title names one number or several", () => {
  const title = "F39 B.1-2, B.1-3 B.1-11/12 it works, 4.11-5";
  expect(numbersIn(title)).toEqual(["F39", "B.1-2", "B.1-3", "B.1-11", "B.1-12", "4.11-5"]);
  expect(numbersIn("B.1 AB.1-2 b.1-3 4.1 AF1 f1")).toEqual([]);
});

test("only what is or becomes the title of a test that runs counts as one", () => {
  const source = `
    // test("B.1-1 a comment", () => {});
    const rows = { "F1 B.1-2 a row": () => ["no title: B.1-3", "B.1-4"] };
    test("4.1-5 B.1-5, B.1-6/7 a test", () => expect("in B.1-8").toBe(1));
    describe.skipIf(isOld)("B.1-9 a suite", () => {
      test.skipIf(!isThere).for(rows)(\`B.1-10 a template \${name}\`, () => {});
    });
    inChromium("B.1-11 a test by another name", () => {});
    test.skip("B.1-12 it is skipped", () => {});
    test.skip.for(rows)("B.1-13 all are skipped", () => {});
    describe.todo("B.1-14 it is to be written");`;
  const numbers = titlesIn(source).flatMap(numbersIn);
  expect(numbers).toEqual(["F1", "B.1-2", "4.1-5", "B.1-5", "B.1-6", "B.1-7", "B.1-9", "B.1-10", "B.1-11"]);
});

test("an entry is an item of a list that begins with its numbers", () => {
  const entries = "- **B.1-2** this\n- **B.1-3, B.1-4/5** that, see B.1-6\n- **F1, F2** so\n- **4.1-5** too\n";
  const page = `B.1-1\n${entries}- that **B.1-7** too\n- **Four** words\n  - **B.1-8** below\n`;
  expect(entriesOf(page).flatMap(numbersIn)).toEqual(["B.1-2", "B.1-3", "B.1-4", "B.1-5", "F1", "F2", "4.1-5"]);
});

test("each number is sorted by what there is for it", () => {
  const { tested, different, both, neither } = referenceCoverage(
    ["shown: B.2-1 B.2-2 F44", "B.9-1 F95 4.7-87"],
    "- **B.2-2/3** so\n- **B.6-1**\n- **F88, 4.7-88** no\n",
  );
  expect({ tested, different, both }).toEqual({
    tested: ["B.2-1", "F44"],
    different: ["B.2-3", "F88", "4.7-88"],
    both: ["B.2-2"],
  });
  expect(neither).toHaveLength(107 + 48 + 14 - 6);
  expect(neither).toEqual(expect.arrayContaining(["B.1-1", "B.1-25", "B.1-35", "B.1-42", "B.6-1", "B.6-13"]));
  expect(neither).toEqual(expect.arrayContaining(["F45", "F94", "4.6-75", "4.7-84", "4.11-109"]));
  expect(neither).toEqual(expect.arrayContaining(["B.2-9", "B.3-16", "B.4-15", "B.5-12"]));
  expect(neither).not.toContain("B.1-43");
});
