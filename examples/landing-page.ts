import { authorizedFetch } from "@org/auth-client";
import { defaultPage, twoStage, type LandingPage } from "@org/auth-flows";

/** A page that greets whoever has signed in by what the API knows of them. */
export function welcomePage(apiUrl: string): LandingPage {
  return twoStage(async (request, context) => {
    const { outcome } = context;
    if (outcome.kind === "failed") return defaultPage(request, context);
    const fetch = authorizedFetch(outcome.source, { origins: [apiUrl] });
    const answer = await fetch(`${apiUrl}/me`, { signal: request.signal });
    const { subject } = (await answer.json()) as { subject: string };
    return new Response(`Welcome, ${subject}. You can close this tab.`);
  });
}
