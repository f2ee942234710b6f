import { existsSync, realpathSync } from "node:fs";

/**
 * The file of this platform's part of `@napi-rs/keyring`. Its own loader, and `require`, look in so many places that it
 * takes them as long as all else on the way to a sealed token.
 *
 * `folder` is that of a program which depends on this package, and is no symbolic link. `undefined`: it is not where
 * package managers put it, or this is a platform that only the loader knows.
 */
export function findBinding(
  folder: string,
  { platform, arch }: Readonly<Pick<NodeJS.Process, "arch" | "platform">> = process,
): string | undefined {
  const suffix = platform === "linux" ? "-gnu" : platform === "win32" ? "-msvc" : "";
  const own = `${platform}-${arch}${suffix}`;
  let at: string | undefined = folder;
  for (const name of ["@org/auth-storage-keyring", "@napi-rs/keyring", `@napi-rs/keyring-${own}`]) {
    at = at && findPackage(at, name);
  }
  return at && `${at}/keyring.${own}.node`;
}

/** The real folder of a package that what stands in `folder` depends on. */
function findPackage(folder: string, name: string): string | undefined {
  for (let at = folder; ;) {
    const path = `${at}/node_modules/${name}`;
    if (existsSync(path)) return realpathSync.native(path);
    const end = Math.max(at.lastIndexOf("/"), at.lastIndexOf("\\"));
    if (end < 0) return undefined;
    at = at.slice(0, end);
  }
}
