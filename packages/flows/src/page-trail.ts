/** A browser that waits for a page. */
export interface Visitor {
  /** Sends it a page, with these headers in the place of the page's own. Resolves with whether it was still there. */
  send(page: Response, headers?: Readonly<Record<string, string>>): Promise<boolean>;
}

/** Makes the page for an address of ours. */
export type PageAt = (address: URL) => Promise<Response>;

/** The way of one browser from page to page of ours. Each address is good for one visit, and only it knows which. */
export interface PageTrail {
  /** Whether this path, with its query, is where the browser has been sent to. */
  leadsTo(target: string): boolean;
  /** It has come there. */
  arrive(visitor: Visitor): void;
  /**
   * Shows it the page for `start`, and each page of the same origin that one redirects to. Resolves when it has the last
   * one, has left, or does not come for the next. Rejects with what `pageAt` rejects with.
   */
  show(visitor: Visitor, start: URL, pageAt: PageAt): Promise<void>;
  /** The browser is not waited for any more. */
  end(): void;
}

const mostPages = 5;

/** Makes a {@link PageTrail}. `nextPageMs` is how long the browser may take to come for a page, in milliseconds. */
export function pageTrail(nextPageMs: number): PageTrail {
  let next: { readonly target: string; arrive(visitor: Visitor | undefined): void } | undefined;

  function end(): void {
    next?.arrive(undefined);
    next = undefined;
  }

  /** Sends the browser on, and waits until it is there. `undefined`: it does not come. */
  async function lead(visitor: Visitor, page: Response, address: URL): Promise<Visitor | undefined> {
    const { promise: arrival, resolve: arrive } = Promise.withResolvers<Visitor | undefined>();
    address.searchParams.set("page", crypto.randomUUID());
    next = { target: address.pathname + address.search, arrive };
    if (!(await visitor.send(page, { location: address.href }))) return undefined;
    const timer = setTimeout(end, nextPageMs);
    try {
      return await arrival;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    end,
    leadsTo: (target) => target === next?.target,
    arrive(visitor) {
      next?.arrive(visitor);
      next = undefined;
    },
    async show(first, start, pageAt) {
      let visitor: Visitor | undefined = first;
      let address = start;
      let page = await pageAt(start);
      if (!isRedirect(page)) {
        // Where it is now has the code in its query, and that would stay in the address bar.
        visitor = await lead(visitor, new Response(null, { status: 303 }), new URL("/done", start));
      }
      for (let count = 1; visitor !== undefined; count++) {
        const target = count < mostPages ? redirectTarget(page, address) : undefined;
        if (target === undefined) {
          await visitor.send(page);
          return;
        }
        visitor = await lead(visitor, page, target);
        if (visitor === undefined) return;
        address = target;
        page = await pageAt(target);
      }
    },
  };
}

function isRedirect({ status, headers }: Response): boolean {
  return status >= 300 && status < 400 && headers.has("location");
}

/** Where a page redirects to, if that is of the same origin. */
function redirectTarget(page: Response, address: URL): URL | undefined {
  if (!isRedirect(page)) return undefined;
  const target = URL.parse(page.headers.get("location") ?? "", address.href);
  return target?.origin === address.origin ? target : undefined;
}
