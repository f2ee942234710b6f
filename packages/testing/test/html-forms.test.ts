import { expect, test } from "vitest";
import { htmlForms } from "../src/html-forms.ts";

test("reads fields, buttons and where a form is sent", () => {
  const [form] = htmlForms(`<form method="POST" action="/a?b=1&amp;c=2">
    <label>Name <input type="text" name="n" value="&quot;x&#39;&#x3e;" autofocus/></label>
    <input name="m"><button name="go" value="yes">Go</button><button type="button" name="no">No</button>
  </form>`);
  expect(form).toEqual({
    action: "/a?b=1&c=2",
    isPost: true,
    fields: [
      { name: "n", type: "text", value: `"x'>` },
      { name: "m", type: "text", value: "" },
    ],
    buttons: [{ name: "go", value: "yes" }],
  });
});

test("gives a button outside a form to the form it names", () => {
  const [first, second] = htmlForms('<form id="a"></form><form id="b"></form><button form="b" name="x"></button>');
  expect(first?.buttons).toEqual([]);
  expect(second?.buttons).toEqual([{ name: "x", value: "" }]);
});

test("finds nothing where there is nothing", () => {
  expect(htmlForms("<p>formula < 3, <formula>, </p><input>")).toEqual([]);
});

test.each([
  ["single quotes", "<form method='post'></form>"],
  ["no quotes", "<form method=post></form>"],
  ["a form within a form", "<form><form></form></form>"],
  ["a tag that does not end", '<form method="post'],
  ["a tag that holds another", '<form <input name="a">></form>'],
])("does not guess at %s", (_what, html) => {
  expect(() => htmlForms(html)).toThrow(TypeError);
});
