/** What the browser shows at the end of a sign-in. */
export interface LandingPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

/** The page that tells how the sign-in ended. */
export const signedInPage: LandingPage = {
  status: 200,
  title: "You are signed in",
  text: "You can close this tab.",
};

/** The page for a sign-in that failed. `why` may quote a server: it is shown as text. */
export function failedPage(why: string): LandingPage {
  return { status: 400, title: "You are not signed in", text: why };
}

/** The page for whatever is not the answer that is waited for. */
export function refusedPage(status: number, title: string): LandingPage {
  return { status, title, text: "Nothing has changed." };
}

/** A page as HTML that loads nothing and runs nothing. */
export function renderPage({ title, text }: LandingPage): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escaped(title)}</title></head>`,
    `<body><h1>${escaped(title)}</h1><p>${escaped(text)}</p></body>`,
    "</html>",
    "",
  ].join("\n");
}

/** What goes with every page: it is not kept, not framed, not guessed at, and its address goes nowhere. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  connection: "close",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
