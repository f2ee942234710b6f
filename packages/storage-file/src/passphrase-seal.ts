import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { aesSeal, isError, memoryMutex, StoreError, type Mutex, type Seal } from "@org/auth-core";
import { atomicWrite } from "./atomic-write.ts";
import { makePrivateFolder } from "./privacy.ts";
import { storeFailure } from "./store-failure.ts";

export interface PassphraseSealOptions {
  /** Gives the passphrase. Asked when something is first sealed or opened, and again after that failed. */
  readonly passphrase: () => Promise<string>;
  /**
   * A file for the salt, which goes into the key beside the passphrase. It is no secret, but without it nothing can be
   * opened any more.
   */
  readonly path: string;
  /** Keeps other processes from making that file at the same time. Default: only this process is kept. */
  readonly mutex?: Mutex | undefined;
}

/** 2^16 blocks of 1 KiB: 64 MiB and some tenths of a second, once in a process. */
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 27 } as const;

/** Sealed beside the salt, so that a wrong passphrase is told before anything is sealed with it. */
const checkText = "org-auth";

/**
 * A seal whose key is made from a passphrase by scrypt. Rejects with {@link StoreError}: `passphrase_wrong` when it is
 * not the one that was used first, `store_corrupt` when the salt cannot be read, and with what `passphrase` rejects with.
 *
 * @see [RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)
 */
export function passphraseSeal({ passphrase, path, mutex = memoryMutex() }: PassphraseSealOptions): Seal {
  return aesSeal(async () => {
    const words = await passphrase();
    return await mutex.run("passphrase", async () => {
      const kept = readSalt(path);
      const salt = kept?.salt ?? crypto.getRandomValues(Buffer.alloc(16));
      const key = await derive(words, salt);
      const seal = aesSeal(() => Promise.resolve(key));
      if (kept === undefined) keepSalt(path, salt, await seal.seal(Buffer.from(checkText), checkText));
      else await requireSame(seal, kept.check);
      return key;
    });
  });
}

async function derive(words: string, salt: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { scrypt } = await import("node:crypto");
  return await new Promise((resolve, reject) => {
    // The same passphrase may be typed in more than one way of writing an accent.
    scrypt(words.normalize("NFC"), salt, 32, cost, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });
}

async function requireSame(seal: Seal, check: Uint8Array): Promise<void> {
  try {
    await seal.open(check, checkText);
  } catch {
    throw new StoreError("passphrase_wrong", "this is not the passphrase that the credentials were sealed with");
  }
}

function readSalt(path: string): { readonly salt: Uint8Array; readonly check: Uint8Array } | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isError(error) && "code" in error && error.code === "ENOENT") return undefined;
    throw storeFailure(error, `cannot read ${path}`);
  }
  const fields = parse(text);
  if (fields["version"] !== 1 || typeof fields["salt"] !== "string" || typeof fields["check"] !== "string") {
    throw new StoreError("store_corrupt", `${path}, which the key of the credentials is made from, cannot be read`, {
      hint: "restore it from a backup; without it the credentials cannot be opened",
    });
  }
  return { salt: Buffer.from(fields["salt"], "base64"), check: Buffer.from(fields["check"], "base64") };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const json = JSON.parse(text) as unknown;
    return typeof json === "object" && json !== null ? { ...json } : {};
  } catch {
    return {};
  }
}

function keepSalt(path: string, salt: Uint8Array, check: Uint8Array): void {
  const text = JSON.stringify({
    version: 1,
    salt: Buffer.from(salt).toString("base64"),
    check: Buffer.from(check).toString("base64"),
  });
  try {
    makePrivateFolder(dirname(path));
    atomicWrite(path, `${text}\n`);
  } catch (error) {
    throw storeFailure(error, `cannot write ${path}`);
  }
}
