import { withDeadline } from "./deadline.ts";
import { defaultPage } from "./default-page.ts";
import type { LandingContext, LandingPage } from "./landing-page.ts";
import type { LoopbackCallback } from "./loopback.ts";

interface ShowOptions {
  readonly landingPage: LandingPage;
  readonly context: LandingContext;
  readonly signal?: AbortSignal | undefined;
  /** How long one page may take to be made, in milliseconds. Default: 3,000. */
  readonly pageTimeoutMs?: number | undefined;
  /** How long all pages may take together, with the browser's coming for them. Default: 15,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Shows the browser how the sign-in ended. Resolves when the browser has its last page, does not come for it, when time
 * is up or `signal` aborts. Never rejects: that there is nothing to be seen changes nothing.
 */
export async function showLandingPage(
  callback: LoopbackCallback,
  { landingPage, context, signal, pageTimeoutMs = 3000, timeoutMs = 15_000 }: ShowOptions,
): Promise<void> {
  async function pageAt(address: URL): Promise<Response> {
    try {
      return await withDeadline(
        async (stop) => {
          const page = await landingPage(new Request(address, { signal: stop }), context);
          // Whole, so that it is either shown or replaced.
          return new Response(await page.arrayBuffer(), page);
        },
        { timeoutMs: pageTimeoutMs, signal, timeoutError: () => new Error("the landing page took too long") },
      );
    } catch {
      return defaultPage(new Request(address), context);
    }
  }

  try {
    await withDeadline(() => callback.answer(pageAt), {
      timeoutMs,
      signal,
      timeoutError: () => new Error("the browser took too long"),
    });
  } catch {
    // Nobody waits for it.
  }
}
