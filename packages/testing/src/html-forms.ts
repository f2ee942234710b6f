/** A form of a page, as far as a person without scripts can use it. */
export interface HtmlForm {
  /** Where it is sent, as it stands in the page. Absent: to the page itself. */
  readonly action: string | undefined;
  /** Whether it is sent by POST. */
  readonly isPost: boolean;
  readonly fields: readonly FormField[];
  readonly buttons: readonly SubmitButton[];
}

export interface FormField {
  readonly name: string;
  /** Such as `hidden`, `text` or `password`. */
  readonly type: string;
  readonly value: string;
}

export interface SubmitButton {
  /** Empty: it adds nothing to the form. */
  readonly name: string;
  readonly value: string;
}

/**
 * Finds the forms of a page. It reads well-behaved pages only - attributes without quotes or in single ones, and forms
 * within forms, throw a `TypeError` - so that it never sees something else than a browser does.
 */
export function htmlForms(html: string): readonly HtmlForm[] {
  const forms: OpenForm[] = [];
  const byId = new Map<string, OpenForm>();
  let open: OpenForm | undefined;

  const tags = [...html.matchAll(/<(\/?)(form|input|button)\b((?:[^"<>]|"[^"]*")*)>/gi)];
  if (tags.length !== [...html.matchAll(/<\/?(?:form|input|button)\b/gi)].length) throw unreadable();

  for (const [, slash, tag = "", rest = ""] of tags) {
    const name = tag.toLowerCase();
    if (slash === "/") {
      if (name === "form") open = undefined;
      continue;
    }
    const attributes = attributesOf(rest);
    if (name === "form") {
      if (open !== undefined) throw unreadable();
      const isPost = attributes.get("method")?.toLowerCase() === "post";
      open = { action: attributes.get("action"), isPost, fields: [], buttons: [] };
      forms.push(open);
      const id = attributes.get("id");
      if (id !== undefined) byId.set(id, open);
      continue;
    }
    const formId = attributes.get("form");
    const form = formId === undefined ? open : byId.get(formId);
    const type = attributes.get("type")?.toLowerCase() ?? (name === "button" ? "submit" : "text");
    const control = { name: attributes.get("name") ?? "", value: attributes.get("value") ?? "" };
    if (type === "submit") form?.buttons.push(control);
    else if (name === "input") form?.fields.push({ ...control, type });
  }
  return forms;
}

interface OpenForm extends HtmlForm {
  readonly fields: FormField[];
  readonly buttons: SubmitButton[];
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  if (!/^(?:\s+[a-z][\w:-]*(?:="[^"]*")?)*\s*\/?$/i.test(text)) throw unreadable();
  return new Map(
    [...text.matchAll(/([a-z][\w:-]*)(?:="([^"]*)")?/gi)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      unescaped(value),
    ]),
  );
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(amp|lt|gt|quot|apos));/gi, (_all, decimal, hex, name) => {
    if (typeof decimal === "string") return String.fromCodePoint(Number(decimal));
    if (typeof hex === "string") return String.fromCodePoint(Number.parseInt(hex, 16));
    return namedCharacters[String(name).toLowerCase()] ?? "";
  });
}

const namedCharacters: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unreadable(): TypeError {
  return new TypeError("a form of this page cannot be read for certain");
}
