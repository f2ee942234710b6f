import { rejectionOf, same, type ContractCase } from "./contract-case.ts";
import { isAuthError } from "./index.ts";
import type { Seal } from "./seal.ts";

/** Makes a seal with a key of its own; called with a seal it made, another one with the same key. */
export type MakeSeal = (same?: Seal) => Promise<Seal>;

/**
 * What every {@link Seal} promises, as data with no test runner inside:
 *
 * ```ts
 * for (const { name, run } of sealContract) test(name, () => run(makeSeal));
 * ```
 */
export const sealContract: readonly ContractCase<MakeSeal>[] = [
  {
    name: "opens what it sealed, also by another process with the same key",
    async run(makeSeal) {
      const seal = await makeSeal();
      const other = await makeSeal(seal);
      for (const bytes of [
        secret,
        new Uint8Array(0),
        Uint8Array.from({ length: 300_000 }, (_, index) => index % 251),
      ]) {
        const given = text(bytes);
        same(text(await other.open(await seal.seal(bytes, "context"), "context")), given);
        same(text(bytes), given);
      }
    },
  },
  {
    name: "hides what it seals, and never seals the same in the same way",
    async run(makeSeal) {
      const seal = await makeSeal();
      const sealed = [await seal.seal(secret, "context"), await seal.seal(secret, "context")].map(text);
      same(sealed[0] === sealed[1], false);
      for (const one of sealed) same(one.includes(text(secret)), false);
    },
  },
  {
    name: "does not open what was changed in any byte, cut short or made longer",
    async run(makeSeal) {
      const seal = await makeSeal();
      const sealed = await seal.seal(secret, "context");
      for (let index = 0; index < sealed.length; index++) {
        await refuses(seal, sealed.with(index, (sealed[index] ?? 0) ^ 1), "context");
        await refuses(seal, sealed.slice(0, index), "context");
      }
      await refuses(seal, new Uint8Array([...sealed, 0]), "context");
    },
  },
  {
    name: "does not open what was sealed under another context or with another key",
    async run(makeSeal) {
      const seal = await makeSeal();
      const sealed = await seal.seal(secret, "context");
      for (const other of ["Context", "context ", ""]) await refuses(seal, sealed, other);
      await refuses(await makeSeal(), sealed, "context");
    },
  },
];

const secret = new TextEncoder().encode("contract-secret");

async function refuses(seal: Seal, sealed: Uint8Array, context: string): Promise<void> {
  const error = await rejectionOf(seal.open(sealed, context));
  same(isAuthError(error) ? error.code : error, "store_tampered");
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
