import { changeChoices, isLogin, readChoices, readSettings, realFolder, type Choices } from "@org/auth-client/source";
import { AuthError, printable } from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson, say, surroundingsOf } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { resolveOptions } from "../resolve-options.ts";

/** Chooses the profile that is meant where nothing names one. Running programs are not touched. */
export const switchProfile: Command = defineCommand({
  name: "switch",
  summary: "choose the profile that is meant where nothing names one",
  operands: "[PROFILE]",
  options: {
    here: { type: "boolean", help: "for this folder and all below it, rather than everywhere" },
    clear: { type: "boolean", help: "take the choice back" },
    store: commonOptions.store,
    json: commonOptions.json,
  },
  async run(values, [profile, ...others], context) {
    const { product, env } = context;
    if (others.length > 0) throw new AuthError("usage", "switch takes one profile");
    if ((profile === undefined) !== (values.clear === true)) {
      throw new AuthError("usage", "switch takes a profile, or --clear", {
        hint: `${product.name} switch work --here`,
      });
    }
    if (profile !== undefined) await requireLogin(profile, context, values);

    const folder = values.here === true ? realFolder(context.folder) : undefined;
    await changeChoices(product, env, (current) => changed(current, folder, profile));
    const { defaultProfile, profiles } = readChoices(product, env);
    const now = folder === undefined ? defaultProfile : profiles[folder];
    if (values.json === true) await answerJson(context, { folder, profile: now });
    else {
      const where = folder === undefined ? "where no folder has another" : `in ${printable(folder)} and below`;
      await say(
        context,
        now === undefined ? `No profile is chosen any more ${where}.` : `The profile is "${printable(now)}" ${where}.`,
      );
      const { profile: meant, origins } = await readSettings(product, {}, surroundingsOf(context));
      if (now !== undefined && meant !== now) {
        await say(
          context,
          `note: here it is "${printable(meant)}" all the same, by ${printable(origins.profile ?? "")}`,
        );
      }
    }
    return exitCodes.done.status;
  },
});

function changed(current: Choices, folder: string | undefined, profile: string | undefined): Choices {
  if (folder === undefined) return { ...current, defaultProfile: profile };
  const { [folder]: _, ...others } = current.profiles;
  return { ...current, profiles: profile === undefined ? others : { ...others, [folder]: profile } };
}

/** A profile that nobody has signed in to would make every command that follows fail. */
async function requireLogin(
  profile: string,
  context: Parameters<typeof resolveOptions>[1],
  values: Parameters<typeof resolveOptions>[0],
): Promise<void> {
  const profiles = (await resolveOptions(values, context).store.list()).filter(isLogin).map((key) => key.profile);
  if (profiles.includes(profile)) return;
  const known = [...new Set(profiles)].sort();
  throw new AuthError("config_invalid", `there is no login of the profile ${JSON.stringify(profile)}`, {
    hint:
      known.length > 0 ? `there are: ${known.join(", ")}` : `\`${context.product.name} login --profile ${profile}\``,
  });
}
