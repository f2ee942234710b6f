/**
 * The node-* packages give `os` and `cpu` as plain strings. pnpm reads only lists, would install all three, and which
 * `node` then wins in node_modules/.bin would be luck.
 */
function readPackage(manifest) {
  if (/^node-(linux|win|darwin)-/.test(manifest.name)) {
    manifest.os = [manifest.os].flat();
    manifest.cpu = [manifest.cpu].flat();
  }
  return manifest;
}

export const hooks = { readPackage };
