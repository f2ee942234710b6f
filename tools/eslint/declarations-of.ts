import { join } from "node:path";
import ts from "typescript";

/**
 * What each of some files of declarations exports, by its name: as it is declared, without comments. What comes from
 * another package is told by its name alone.
 *
 * It lives here because this package has a TypeScript with an API.
 */
export function declarationsOf(
  paths: readonly string[],
  packageFolder: string,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const program = ts.createProgram(paths, {
    noLib: true,
    types: [],
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter({ removeComments: true });
  const own = join(packageFolder, "dist/").replaceAll("\\", "/");

  function printed(name: string, exported: ts.Symbol): string {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const declarations = (symbol.declarations ?? []).filter((one) => one.getSourceFile().fileName.startsWith(own));
    if (declarations.length === 0) return `export { ${name} }; // of another package`;
    return declarations
      .map((one) => printer.printNode(ts.EmitHint.Unspecified, statementOf(one), one.getSourceFile()))
      .join("\n");
  }

  return new Map(
    paths.map((path) => {
      const file = program.getSourceFile(path);
      const symbol = file && checker.getSymbolAtLocation(file);
      if (symbol === undefined) throw new Error(`${path} exports nothing`);
      const named = checker.getExportsOfModule(symbol).map((one) => [one.name, printed(one.name, one)] as const);
      return [path, new Map(named.sort(([one], [other]) => (one < other ? -1 : 1)))] as const;
    }),
  );
}

/** Of `export const …` the whole, and not what is behind `const`. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}
