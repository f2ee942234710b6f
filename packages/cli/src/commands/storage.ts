import { moveLogin, plannedMoves, storeKinds, type Move, type Storage, type StoreKind } from "@org/auth-client/source";
import { AuthError, isAuthError, printable } from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes, exitStatusOf } from "../exit-codes.ts";
import { openContextStorage, probe } from "../storage.ts";

/** Tells where logins are kept and which stores can be used, and moves logins. */
export const storage: Command = defineCommand({
  name: "storage",
  summary: "try each store with an entry that is removed again (status), or move logins (move --to KIND)",
  operands: "status|move",
  options: {
    to: { type: "string", value: "KIND", help: "move: where to" },
    "dry-run": { type: "boolean", help: "move: tell what would be moved, and move nothing" },
    json: { type: "boolean", help: "answer in JSON, errors included" },
  },
  async run(values, [action, ...others], context) {
    if (others.length > 0) throw new AuthError("usage", "storage takes one word: status or move");
    const isJson = values.json === true;
    if (action === "status") return await tellStatus(isJson, context);
    if (action === "move") return await move(values.to, values["dry-run"] === true, isJson, context);
    throw new AuthError("usage", "storage takes one word: status or move");
  },
});

async function tellStatus(isJson: boolean, context: Context): Promise<number> {
  const stores = await Promise.all(storeKinds.filter(isLasting).map((kind) => stateOf(kind, context)));
  const { home, reason } = openContextStorage({}, context);
  if (isJson) await answerJson(context, { new_logins: home.kind, chosen_because: reason, stores });
  else {
    const lines = stores.flatMap(({ kind, logins = "?", usable, reason: code, message = "", hint = "" }) => {
      const state = usable ? "usable" : `not usable: ${printable(message)} [${String(code)}]`;
      const line = `${kind === home.kind ? "●" : "○"} ${kind.padEnd(10)}  ${String(logins).padStart(3)} kept   ${state}`;
      return hint === "" ? [line] : [line, `  fix: ${printable(hint, 500)}`];
    });
    await context.stdout.write(`${[...lines, `New logins go to ${home.kind} (${reason}).`].join("\n")}\n`);
  }
  return exitCodes.done.status;
}

interface StoreState {
  readonly kind: StoreKind;
  /** Absent: nobody can tell. */
  readonly logins?: number | undefined;
  readonly usable: boolean;
  /** Why not, as any error says it. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
}

/** Only what has been written, and read back, shows that a disk has room, and that a keyring and a passphrase are right. */
async function stateOf(kind: StoreKind, context: Context): Promise<StoreState> {
  const one = openContextStorage({ kind, isTrial: true }, context);
  let logins: number | undefined;
  try {
    logins = (await one.home.store.list()).length;
    await probe(one);
    return { kind, logins, usable: true };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { code: reason, message, hint } = error;
    return { kind, logins, usable: false, reason, message, hint };
  }
}

async function move(name: string | undefined, isDry: boolean, isJson: boolean, context: Context): Promise<number> {
  const to = storeKinds.filter(isLasting).find((kind) => kind === name);
  if (to === undefined) {
    throw new AuthError("usage", `storage move takes --to ${storeKinds.filter(isLasting).join(", --to ")}`);
  }
  const all = openContextStorage({ kind: to, isWhole: true }, context);
  const moves = await plannedMoves(all, to);
  if (!isDry && moves.length > 0) await probe(all);

  let failure: AuthError | undefined;
  const results: object[] = [];
  for (const planned of moves) {
    const error = isDry ? undefined : await attempt(all, planned);
    failure ??= error;
    const { issuer, profile } = planned.key;
    results.push({ issuer, profile, from: planned.from, to, ...(error && { reason: error.code }) });
    if (!isJson) await say(context, tell(planned, isDry, error));
    if (!isJson && error !== undefined) await say(context, `  fix: ${printable(error.hint, 500)}`);
  }
  if (isJson) await answerJson(context, { dry_run: isDry, moves: results });
  else if (moves.length === 0) await say(context, `There is nothing to move to ${to}.`);
  return failure === undefined ? exitCodes.done.status : exitStatusOf(failure.code);
}

async function attempt(storage: Storage, planned: Move): Promise<AuthError | undefined> {
  try {
    await moveLogin(storage, planned);
    return undefined;
  } catch (error) {
    if (isAuthError(error)) return error;
    throw error;
  }
}

function tell({ key, from, to }: Move, isDry: boolean, error: AuthError | undefined): string {
  const what = `"${printable(key.profile)}" at ${printable(key.issuer)} from ${from} to ${to}`;
  if (error !== undefined) return `not moved: ${what}: ${printable(error.message)} [${error.code}]`;
  return `${isDry ? "would move" : "moved"} ${what}`;
}

function isLasting(kind: StoreKind): boolean {
  return kind !== "memory";
}
