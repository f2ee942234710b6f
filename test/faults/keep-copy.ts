/** A process that keeps a copy of a login under another profile: `keep-copy.ts FOLDER KEY PROFILE`. */
import { parseKey } from "@org/auth-core";
import { fileStore } from "@org/auth-storage-file";

const [folder = "", name = "", profile = ""] = process.argv.slice(2);
const key = parseKey(name);
if (key === undefined) throw new TypeError("no key");
const store = fileStore({ folder });
const login = await store.read(key);
await store.update({ ...key, profile }, () => login);
