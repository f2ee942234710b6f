import { builtinModules } from "node:module";
import { posix } from "node:path";
import { importsOf, type Import } from "../tools/eslint/imports-of.ts";

/** What one package may depend on. */
export interface Layer {
  /** The packages below it, by folder. */
  readonly packages: readonly string[];
  /** The packages from elsewhere: these and no others, each of them used. */
  readonly external: readonly string[];
  /** Which files may use Node's own modules. */
  readonly node: "all" | readonly string[];
}

/** The arrows. Lower never imports higher, siblings never meet, and what is not here is not allowed. */
export const layers: Readonly<Record<string, Layer>> = {
  core: { packages: [], external: [], node: [] },
  flows: { packages: ["core"], external: ["oauth4webapi"], node: ["identity-token.ts", "loopback.ts"] },
  "storage-file": { packages: ["core"], external: [], node: "all" },
  "storage-keyring": { packages: ["core"], external: ["@napi-rs/keyring"], node: "all" },
  client: {
    packages: ["core", "flows", "storage-file", "storage-keyring"],
    external: ["ky", "smol-toml", "undici", "valibot"],
    node: "all",
  },
  cli: { packages: ["core", "flows", "storage-file", "storage-keyring", "client"], external: [], node: "all" },
  testing: { packages: ["core"], external: ["oidc-provider"], node: "all" },
};

/** What a package's tests may use on top of its layer. Core's may not: core ↔ testing would be a circle. */
const forTests = "@org/auth-testing";

/**
 * Every way in which `files`, the text of each by its path in the workspace, is not as {@link layers} says. Empty: all
 * is well. It wants the manifest and the sources of every package.
 */
export function layerFaults(files: ReadonlyMap<string, string>): readonly string[] {
  const folders = new Set([...files.keys()].flatMap((path) => /^packages\/([^/]+)\//.exec(path)?.[1] ?? []));
  const manifests = new Map(
    Object.keys(layers).map((folder) => [folder, manifest(files.get(`packages/${folder}/package.json`) ?? "{}")]),
  );
  return [
    ...[...folders].filter((folder) => !manifests.has(folder)).map((folder) => `packages/${folder}: is in no layer`),
    ...Object.entries(layers).flatMap(([folder, layer]) => faultsOfPackage(folder, layer, files, manifests)),
  ];
}

/** The source files of a package. */
export function sourcesOf(folder: string, files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...files].filter(([path]) => path.startsWith(`packages/${folder}/src/`)));
}

function faultsOfPackage(
  folder: string,
  layer: Layer,
  files: ReadonlyMap<string, string>,
  manifests: ReadonlyMap<string, Manifest>,
): readonly string[] {
  const root = `packages/${folder}`;
  const own = manifests.get(folder);
  if (own?.name === undefined) return [`${root}: has no manifest`];
  const allowed = new Map<string, Manifest | undefined>(layer.external.map((name) => [name, undefined]));
  for (const below of layer.packages) allowed.set(manifests.get(below)?.name ?? below, manifests.get(below));

  const faults: string[] = [];
  const used = new Set<string>();
  const edges = new Map<string, readonly string[]>();

  for (const [path, source] of sourcesOf(folder, files)) {
    const imports = importsOf(source);
    edges.set(
      path,
      imports.filter(({ isTypeOnly }) => !isTypeOnly).flatMap((one) => relativeTarget(path, one, files) ?? []),
    );
    for (const one of imports) {
      const fault = faultOfImport(path, one);
      if (fault !== undefined) faults.push(`${path}:${one.line}: ${fault}`);
    }
  }

  function faultOfImport(path: string, one: Import): string | undefined {
    const { specifier } = one;
    if (specifier === undefined) return "imports what is computed, so nobody can tell what it is";
    const target = relativeTarget(path, one, files);
    if (target !== undefined) {
      if (!target.startsWith(`${root}/src/`)) return `imports ${specifier}, which is outside src`;
      return files.has(target) ? undefined : `imports ${specifier}, which does not exist`;
    }
    if (isBuiltin(specifier)) {
      const mayUse = layer.node === "all" || layer.node.includes(path.slice(`${root}/src/`.length));
      return mayUse ? undefined : `imports ${specifier}, and may use nothing of Node`;
    }
    const name = packageName(specifier);
    used.add(name);
    if (!allowed.has(name)) return `imports ${specifier}, which is not below ${folder}`;
    const subPath = `.${specifier.slice(name.length)}`;
    const isExported = allowed.get(name)?.exports.includes(subPath) ?? true;
    return isExported ? undefined : `imports ${specifier}, which ${name} does not export`;
  }

  for (const name of own.dependencies) {
    if (!allowed.has(name)) faults.push(`${root}/package.json: depends on ${name}, which is not below ${folder}`);
    else if (!used.has(name)) faults.push(`${root}/package.json: depends on ${name}, which no file imports`);
  }
  for (const name of [...used, ...layer.external]) {
    if (!own.dependencies.includes(name)) faults.push(`${root}/package.json: does not list ${name}`);
  }
  const siblings = [...manifests.values()].map(({ name }) => name);
  for (const name of own.devDependencies) {
    const isAllowed = !siblings.includes(name) || (name === forTests && folder !== "core");
    if (!isAllowed) faults.push(`${root}/package.json: needs ${name} for its tests, which is not allowed`);
  }
  return [...faults, ...cycles(edges)];
}

interface Manifest {
  readonly name: string | undefined;
  /** Of every kind that someone who installs it gets. */
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  readonly exports: readonly string[];
}

function manifest(text: string): Manifest {
  const json = JSON.parse(text) as { readonly name?: string } & Readonly<Record<string, object | undefined>>;
  const names = (field: string): readonly string[] => Object.keys(json[field] ?? {});
  return {
    name: json.name,
    dependencies: ["dependencies", "peerDependencies", "optionalDependencies"].flatMap(names),
    devDependencies: names("devDependencies"),
    exports: names("exports"),
  };
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The file a relative import means, by its path in the workspace. A `.js` that is to be made is its source. */
function relativeTarget(path: string, { specifier }: Import, files: ReadonlyMap<string, string>): string | undefined {
  if (specifier?.startsWith(".") !== true && specifier?.startsWith("/") !== true) return undefined;
  const target = posix.join(posix.dirname(path), specifier);
  return files.has(target) ? target : target.replace(/\.([cm]?)js$/, ".$1ts");
}

/** The circles among files that import one another at run time, each told once. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();

  function walk(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start !== -1) found.push(`${path}: imports itself through ${[...trail.slice(start + 1), path].join(", ")}`);
    if (start !== -1 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  }
  for (const path of edges.keys()) walk(path, []);
  return found;
}
