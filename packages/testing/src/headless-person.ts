import { cookieJar } from "./cookie-jar.ts";
import { htmlForms, type HtmlForm, type SubmitButton } from "./html-forms.ts";

/** Where a visit ended. */
export interface Visit {
  readonly finalUrl: string;
  readonly status: number;
  readonly body: string;
}

/** What a device shows: `verification_uri_complete`, or the address and the code to be typed in there. */
export type DeviceVerification = string | { readonly verificationUri: string; readonly userCode: string };

export interface VisitOptions {
  /** Ends the visit, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A person without a browser, who fills in a server's real forms. Each call is a private window of its own - nothing is
 * remembered, and calls do not meet - and ends within 20 pages and ten seconds. Forms are filled in only on the origin
 * where the visit began.
 *
 * What the server says at the end, also that a request was wrong, is the {@link Visit}. It rejects with `Error` when the
 * server wants the password or the code a second time, or a page has no way on.
 */
export interface Person {
  /** Signs in, allows what is asked, and follows the redirect to the application, whose answer ends the visit. */
  signIn(authorizationUrl: string, options?: VisitOptions): Promise<Visit>;
  /** Signs in and cancels where access is asked for; the application gets `error=access_denied`. */
  refuse(authorizationUrl: string, options?: VisitOptions): Promise<Visit>;
  /** Allows a device to sign in (RFC 8628 section 3.3). */
  approveDevice(device: DeviceVerification, options?: VisitOptions): Promise<Visit>;
  /** Refuses it. */
  denyDevice(device: DeviceVerification, options?: VisitOptions): Promise<Visit>;
}

export interface HeadlessPersonOptions {
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long a visit may take, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** One request of a visit. */
interface Step {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly form?: URLSearchParams;
}

/** Makes a {@link Person} of an authorization server's `person`. */
export function headlessPerson(
  credentials: { readonly username: string; readonly password: string },
  { fetch = globalThis.fetch, timeoutMs = 10_000 }: HeadlessPersonOptions = {},
): Person {
  async function visit(start: string, intent: Intent, { signal }: VisitOptions): Promise<Visit> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const ends = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const home = new URL(start).origin;
    const jar = cookieJar();
    const fillIn = formFiller(credentials, intent);

    let next: Step = { url: new URL(start), method: "GET" };
    for (let hops = 0; hops < 20; hops++) {
      const { url, method, form }: Step = next;
      const response = await fetch(url, {
        method,
        headers: { accept: "text/html", cookie: jar.header(url) },
        redirect: "manual",
        signal: ends,
        ...(form === undefined ? {} : { body: form }),
      });
      const body = await response.text();
      jar.keep(url, response.headers.getSetCookie());

      const location = response.headers.get("location");
      if (location !== null) {
        next = { url: new URL(location, url), method: "GET" };
        continue;
      }
      const isHtml = response.headers.get("content-type")?.startsWith("text/html") === true;
      const [page] = isHtml && url.origin === home ? htmlForms(body) : [];
      const filled = page && fillIn(page);
      if (page === undefined || filled === undefined) return { finalUrl: url.href, status: response.status, body };

      const target = page.action === undefined ? url : new URL(page.action, url);
      if (target.origin !== home) throw new Error(`a form of ${home} is sent to ${target.origin}`);
      if (!page.isPost) throw new Error(`a form of ${home} is not sent by POST`);
      next = { url: target, method: "POST", form: filled };
    }
    throw new Error(`${home} leads from page to page without end`);
  }

  const visitDevice = (device: DeviceVerification, isAllowed: boolean, options: VisitOptions): Promise<Visit> =>
    typeof device === "string"
      ? visit(device, { isAllowed }, options)
      : visit(device.verificationUri, { isAllowed, userCode: device.userCode }, options);

  return {
    signIn: async (authorizationUrl, options = {}) => visit(authorizationUrl, { isAllowed: true }, options),
    refuse: async (authorizationUrl, options = {}) => visit(authorizationUrl, { isAllowed: false }, options),
    approveDevice: async (device, options = {}) => visitDevice(device, true, options),
    denyDevice: async (device, options = {}) => visitDevice(device, false, options),
  };
}

interface Intent {
  readonly isAllowed: boolean;
  readonly userCode?: string | undefined;
}

/** Fills in one form after the other, as a person would. `undefined`: there is nothing more to do. */
function formFiller(
  credentials: { readonly username: string; readonly password: string },
  { isAllowed, userCode }: Intent,
): (form: HtmlForm) => URLSearchParams | undefined {
  const typed = new Set<string>();
  let hasRefused = false;

  function typeOnce(what: string, text: string | undefined): string {
    if (text === undefined || typed.has(what)) throw new Error(`the server did not take the ${what}`);
    typed.add(what);
    return text;
  }

  return ({ fields, buttons }) => {
    if (hasRefused) return undefined;
    const sent = new URLSearchParams();
    let isTyped = false;
    for (const { name, type, value } of fields) {
      if (type === "hidden") {
        sent.append(name, value);
        continue;
      }
      isTyped = true;
      if (type === "password") sent.append(name, typeOnce("password", credentials.password));
      else if (name === "username") sent.append(name, typeOnce("user name", credentials.username));
      else if (name === "user_code") sent.append(name, typeOnce("code", userCode));
      else throw new Error(`a form has a field that nobody knows how to fill in: ${name}`);
    }

    // A form with something to type in, or with one button only, is no question.
    const isQuestion = !isTyped && buttons.length > 1;
    if (isQuestion && !isAllowed) hasRefused = true;
    const button = isQuestion && !isAllowed ? buttons.find(isCancel) : buttons[0];
    if (button === undefined) throw new Error("a form has no button for it");
    if (button.name !== "") sent.append(button.name, button.value);
    return sent;
  };
}

function isCancel({ name, value }: SubmitButton): boolean {
  return name === "abort" || value === "cancel";
}
