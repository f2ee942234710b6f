/** A Debian package that some tests need, and the file that shows that it is there. */
export interface SystemPackage {
  readonly name: string;
  readonly path: string;
}

/** What the tests need of the operating system. */
export const systemPackages: readonly SystemPackage[] = [
  { name: "chromium", path: "/usr/bin/chromium" },
  { name: "dbus", path: "/usr/bin/dbus-daemon" },
  { name: "faketime", path: "/usr/bin/faketime" },
  { name: "gnome-keyring", path: "/usr/bin/gnome-keyring-daemon" },
  { name: "libsecret-tools", path: "/usr/bin/secret-tool" },
  { name: "openssl", path: "/usr/bin/openssl" },
  { name: "strace", path: "/usr/bin/strace" },
];
