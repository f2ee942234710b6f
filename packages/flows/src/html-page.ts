/** What a page of ours says. All of it is shown as text. */
export interface PageText {
  readonly status: number;
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** What goes with every page: it is not kept, not framed, not guessed at, loads nothing, and its address goes nowhere. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": contentPolicy("'none'"),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** A page that loads nothing and runs nothing. It is as wide as a small telephone or wider, and light or dark as liked. */
export function htmlPage({ status, title, paragraphs }: PageText): Response {
  const nonce = crypto.randomUUID();
  const html = [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<style nonce="${nonce}">${style}</style>`,
    "</head>",
    `<body><main class="${status < 400 ? "good" : "bad"}">`,
    `<h1>${escaped(title)}</h1>`,
    ...paragraphs.map((text) => `<p>${escaped(text)}</p>`),
    "</main></body>",
    "</html>",
    "",
  ].join("\n");
  return new Response(html, {
    status,
    headers: {
      ...pageHeaders,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentPolicy(`'nonce-${nonce}'`),
    },
  });
}

const style = `
:root { color-scheme: light dark; --paper: #f6f8fa; --card: #fff; --ink: #1f2328; --line: #d1d9e0; --mark: #1a7f37 }
.bad { --mark: #cf222e }
@media (prefers-color-scheme: dark) {
  :root { --paper: #010409; --card: #0d1117; --ink: #f0f6fc; --line: #3d444d; --mark: #3fb950 }
  .bad { --mark: #f85149 }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }
main { box-sizing: border-box; width: min(100% - 2rem, 34rem); margin: 1rem; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-top: .25rem solid var(--mark); border-radius: .5rem; overflow-wrap: anywhere }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25 }
p { margin: .75rem 0 0 }
p::first-letter { text-transform: uppercase }
`;

function contentPolicy(styles: string): string {
  return `default-src 'none'; style-src ${styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
