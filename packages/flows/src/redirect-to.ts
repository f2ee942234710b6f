import { secureUrl } from "@org/auth-core";
import type { LandingPage } from "./landing-page.ts";

/** Pages that lie elsewhere. */
export interface RedirectTargets {
  /** Shown after a sign-in. */
  readonly success: string;
  /** Shown when it failed. It is not told why: what a server said must not become part of an address. */
  readonly error: string;
}

/**
 * A landing page that sends the browser on (303) to one of two addresses, as they are: nothing that came with the
 * browser chooses or changes them. Throws `TypeError` at once when one is not `https:`, nor `http:` on the loopback.
 */
export function redirectTo({ success, error }: RedirectTargets): LandingPage {
  const [onSuccess, onError] = [address(success), address(error)];
  return (_request, { outcome }) => Response.redirect(outcome.kind === "signed-in" ? onSuccess : onError, 303);
}

function address(text: string): string {
  const url = secureUrl(text);
  if (url === undefined) throw new TypeError("a landing page elsewhere needs an https: address without a user name");
  return url.href;
}
