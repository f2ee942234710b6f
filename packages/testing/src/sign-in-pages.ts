import { text as textOf } from "node:stream/consumers";
import type { Configuration, KoaContextWithOIDC, Provider } from "oidc-provider";

/** A person who can sign in. */
export interface KnownPerson {
  readonly subject: string;
  readonly username: string;
  /** Secret. */
  readonly password: string;
}

/**
 * The pages on which a person signs in and consents, for oidc-provider's interactions: plain forms with no script and
 * nothing from elsewhere, good for a browser and for {@link headlessPerson}.
 */
export function signInPages(
  provider: Provider,
  people: readonly KnownPerson[],
  acrValues: readonly string[] = [],
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    if (!ctx.path.startsWith("/interaction/")) {
      await next();
      return;
    }
    const { prompt, params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
    const [clientId, scope] = [text(params["client_id"]), text(params["scope"])];
    const isSignIn = prompt.name === "login";
    if (ctx.method !== "POST") {
      show(ctx, isSignIn ? "Sign in" : "Allow access", isSignIn ? signInForm() : consentForm(clientId, scope));
      return;
    }

    const fields = new URLSearchParams(await textOf(ctx.req));
    if (isSignIn) {
      const person = people.find(
        ({ username, password }) => username === fields.get("username") && password === fields.get("password"),
      );
      if (person !== undefined) {
        const asked = text(params["acr_values"]).split(" ");
        const acr = asked.find((value) => acrValues.includes(value)) ?? acrValues[0];
        await finish(ctx, { login: { accountId: person.subject, ...(acr !== undefined && { acr }) } });
      } else {
        ctx.status = 401;
        show(ctx, "Sign in", `<p>The user name or the password is wrong.</p>${signInForm()}`);
      }
    } else if (fields.get("action") === "allow") {
      const kept = grantId === undefined ? undefined : await provider.Grant.find(grantId);
      const grant = kept ?? new provider.Grant({ accountId: session?.accountId, clientId });
      grant.addOIDCScope(scope);
      for (const resource of [params["resource"] ?? []].flat()) grant.addResourceScope(text(resource), scope);
      await finish(ctx, { consent: { grantId: await grant.save() } });
    } else {
      await finish(ctx, { error: "access_denied", error_description: "the person refused" });
    }
  };

  async function finish(ctx: KoaContextWithOIDC, result: Record<string, unknown>): Promise<void> {
    const returnTo = await provider.interactionResult(ctx.req, ctx.res, result);
    ctx.status = 303;
    ctx.redirect(returnTo);
  }
}

/** The pages of the device flow (RFC 8628 section 3.3), in the same manner. */
export const devicePages: Required<
  Pick<
    NonNullable<NonNullable<Configuration["features"]>["deviceFlow"]>,
    "userCodeInputSource" | "userCodeConfirmSource" | "successSource"
  >
> = {
  userCodeInputSource(ctx, form, _out, error) {
    const label = error === undefined ? "Enter the code that your device shows." : escaped(error.message);
    show(ctx, "Connect a device", `<p>${label}</p>${form}${button("Continue", 'form="op.deviceInputForm"')}`);
  },
  userCodeConfirmSource(ctx, form, client, _deviceInfo, userCode) {
    const label = `<p>${escaped(client.clientId)} shows the code <code>${escaped(userCode)}</code>.</p>`;
    const allow = button("Continue", 'form="op.deviceConfirmForm"');
    const refuse = button("Cancel", 'form="op.deviceConfirmForm" name="abort" value="yes"');
    show(ctx, "Connect a device", `${label}${form}${allow}${refuse}`);
  },
  successSource(ctx) {
    show(ctx, "Device connected", "<p>You can close this page.</p>");
  },
};

/** The page for a request that cannot be answered with a redirect. */
export const errorPage: NonNullable<Configuration["renderError"]> = (ctx, { error, error_description }) => {
  show(ctx, "This did not work", `<p>${escaped(error)}: ${escaped(error_description ?? "")}</p>`);
};

function signInForm(): string {
  const username = '<label>User name <input type="text" name="username" autocomplete="username" autofocus></label>';
  const password = '<label>Password <input type="password" name="password" autocomplete="current-password"></label>';
  return `<form method="post">${username}${password}${button("Sign in")}</form>`;
}

function consentForm(clientId: string, scope: string): string {
  const asked = `<p>${escaped(clientId)} asks for: ${escaped(scope)}</p>`;
  const allow = button("Allow", 'name="action" value="allow"');
  const refuse = button("Cancel", 'name="action" value="cancel"');
  return `${asked}<form method="post">${allow}${refuse}</form>`;
}

function text(param: unknown): string {
  return typeof param === "string" ? param : "";
}

function button(label: string, attributes = ""): string {
  return `<button type="submit" ${attributes}>${label}</button>`;
}

function show(ctx: KoaContextWithOIDC, title: string, content: string): void {
  ctx.type = "html";
  ctx.set("cache-control", "no-store");
  ctx.body = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1>${content}</body></html>`;
}

function escaped(plain: string): string {
  return plain.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
