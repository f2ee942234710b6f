import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { trust as trustFile, untrust as untrustFile } from "@org/auth-client/source";
import { AuthError, printable } from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";

const options = { json: { type: "boolean", help: "answer in JSON, errors included" } } as const;

/** Lets a `.env` file, as it is now, say all that the environment may. */
export const trust: Command = defineCommand({
  name: "trust",
  summary: "let this folder's .env file, as it is now, say where credentials are sent",
  operands: "[FOLDER|FILE]",
  options,
  async run(values, operands, context) {
    const path = dotenvOf(operands, context);
    const names = await trustFile(path, context.product, context.env);
    if (values.json === true) await answerJson(context, { path, variables: names });
    else {
      await say(context, `Trusted ${printable(path)}, which sets ${printable(names.join(", "), 1000)}.`);
      await say(context, "  when it changes it is not trusted any more");
    }
    return exitCodes.done.status;
  },
});

/** Takes that back. */
export const untrust: Command = defineCommand({
  name: "untrust",
  summary: "trust a .env file no longer",
  operands: "[FOLDER|FILE]",
  options,
  async run(values, operands, context) {
    const path = dotenvOf(operands, context);
    const wasTrusted = await untrustFile(path, context.product, context.env);
    if (values.json === true) await answerJson(context, { path, wasTrusted });
    else await say(context, `${wasTrusted ? "Trusted no longer" : "It was not trusted"}: ${printable(path)}`);
    return exitCodes.done.status;
  },
});

function dotenvOf([named = ".", ...others]: readonly string[], { folder }: Context): string {
  if (others.length > 0) throw new AuthError("usage", "name one folder or file");
  const path = resolve(folder, named);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, ".env") : path;
}
