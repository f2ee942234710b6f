import type { LandingPage } from "./landing-page.ts";

export interface TwoStageOptions {
  /** Where the second page is. Default: `/landing`. */
  readonly path?: string | undefined;
}

/**
 * A landing page in two stages: the callback is answered at once with a redirect, and `second` makes the page when the
 * browser comes for that. So it may take its time, and ask a server meanwhile.
 */
export function twoStage(second: LandingPage, { path = "/landing" }: TwoStageOptions = {}): LandingPage {
  return (request, context) =>
    new URL(request.url).pathname === path
      ? second(request, context)
      : new Response(null, { status: 303, headers: { location: path } });
}
