import ts from "typescript";

/** A module that a source file names. */
export interface Import {
  /** As it is written. `undefined`: it is computed at run time, so nobody can tell. */
  readonly specifier: string | undefined;
  /** The line it stands in, counted from 1. */
  readonly line: number;
  /** Nothing of it is left at run time. */
  readonly isTypeOnly: boolean;
}

/**
 * Every module a TypeScript source names, types included: `import`, `import type`, `export … from`, `import()` as a call
 * and as a type, `require()`, `import.meta.resolve()`, `process.getBuiltinModule()` and `/// <reference … />`.
 *
 * It lives here because this package has a TypeScript with an API.
 */
export function importsOf(source: string): readonly Import[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest);
  const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;

  const imports: Import[] = [...file.typeReferenceDirectives, ...file.referencedFiles].map(({ fileName, pos }) => ({
    specifier: fileName,
    line: lineAt(pos),
    isTypeOnly: true,
  }));
  function visit(node: ts.Node): void {
    const named = moduleNamedBy(node);
    if (named !== undefined) {
      const specifier = ts.isStringLiteralLike(named) ? named.text : undefined;
      imports.push({ specifier, line: lineAt(node.getStart(file)), isTypeOnly: isTypeOnly(node) });
    }
    ts.forEachChild(node, visit);
  }
  visit(file);
  return imports;
}

function moduleNamedBy(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  if (ts.isCallExpression(node) && loadsModule(node.expression)) return node.arguments[0];
  return undefined;
}

function loadsModule(called: ts.Expression): boolean {
  if (called.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(called)) return called.text === "require";
  if (!ts.isPropertyAccessExpression(called)) return false;
  const method = called.name.text;
  return method === "getBuiltinModule" || (method === "resolve" && ts.isMetaProperty(called.expression));
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isExportDeclaration(node) ? node.isTypeOnly : ts.isImportTypeNode(node);
}
