import { htmlPage } from "./html-page.ts";
import type { LandingContext } from "./landing-page.ts";

/** The page where nothing else is said: how the sign-in ended, and why if it failed. It does not say who signed in. */
export function defaultPage(_request: Request, { outcome }: LandingContext): Response {
  return outcome.kind === "signed-in"
    ? htmlPage({ status: 200, title: "You are signed in", paragraphs: ["You can close this tab."] })
    : htmlPage({
        status: 400,
        title: "You are not signed in",
        paragraphs: [outcome.description, "You can close this tab."],
      });
}
