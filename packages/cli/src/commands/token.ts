import { resolve } from "@org/auth-client/source";
import { AuthError } from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson, say } from "../context.ts";
import { durationMs, formatDuration } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { requireWhatIsAsked } from "../require-what-is-asked.ts";
import { resolveOptions } from "../resolve-options.ts";

/** Prints an access token. */
export const token: Command = defineCommand({
  name: "token",
  summary: "print an access token, renewed if need be",
  options: {
    ...commonOptions,
    "min-ttl": { type: "string", value: "TIME", help: "renew it if it lives less than this, such as 10m" },
  },
  async run(values, _operands, context) {
    const minTtl = values["min-ttl"];
    const minTtlMs = minTtl === undefined ? undefined : durationMs(minTtl, "--min-ttl");
    const resolution = await resolve(resolveOptions(values, context));
    requireWhatIsAsked(resolution, values);
    const { source, found } = resolution;
    const token = await source.getToken({ signal: context.signal, minTtlMs });

    const leftMs = token.expiresAtMs === undefined ? undefined : token.expiresAtMs - context.now();
    if (minTtlMs !== undefined && leftMs !== undefined && leftMs < minTtlMs) {
      throw new AuthError(
        "ttl_unavailable",
        `the server gives tokens of ${formatDuration(leftMs)}, not ${formatDuration(minTtlMs)}`,
      );
    }
    if (values.json === true) {
      await answerJson(context, {
        access_token: token.value,
        token_type: token.proof === undefined ? "Bearer" : "DPoP",
        ...(token.expiresAtMs !== undefined && leftMs !== undefined
          ? { expires_at: new Date(token.expiresAtMs).toISOString(), expires_in: Math.floor(leftMs / 1000) }
          : {}),
        scopes: token.scopes,
        account: found.provenance.account,
      });
      return exitCodes.done.status;
    }
    await context.stdout.write(`${token.value}\n`);
    if (context.stdout.isTty) {
      const end = leftMs === undefined ? "" : `; it lives for ${formatDuration(leftMs)}`;
      await say(context, `note: that is a live credential${end}`);
    }
    return exitCodes.done.status;
  },
});
