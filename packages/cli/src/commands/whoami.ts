import { resolve } from "@org/auth-client/source";
import { printable } from "@org/auth-core";
import { statusOfFound, usableStates } from "../account-status.ts";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { resolveOptions } from "../resolve-options.ts";

/** Says in one line as whom requests are made. It asks no server. */
export const whoami: Command = defineCommand({
  name: "whoami",
  summary: "say in one line who is signed in; asks no server",
  options: commonOptions,
  async run(values, _operands, context) {
    const { found } = await resolve(resolveOptions(values, context));
    const account = statusOfFound(found, context.now());
    const { email, issuer, kind, subject, username, variable } = account;
    if (values.json === true) await answerJson(context, account);
    else {
      const where = issuer === undefined ? (variable === undefined ? "" : ` [${variable}]`) : ` at ${issuer}`;
      await context.stdout.write(`${printable(`${username ?? email ?? subject ?? kind}${where}`)}\n`);
    }
    return exitCodes[usableStates.has(account.state) ? "done" : "loginRequired"].status;
  },
});
