/** A Debian package that some tests need, and the file that shows that it is there. */
export interface SystemPackage {
  readonly name: string;
  readonly path: string;
}

/** What the tests need of the operating system. */
export const systemPackages: readonly SystemPackage[] = [{ name: "chromium", path: "/usr/bin/chromium" }];
