import { basename } from "node:path";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const restrictedSyntax = [
  // One name for one thing, wherever it is imported.
  { selector: "ExportDefaultDeclaration", message: "Export it by name." },
  // A role is an interface wrapped by functions; state lives in a closure.
  {
    selector: ":matches(ClassDeclaration, ClassExpression):not([superClass.name=/Error$/])",
    message: "Only errors are classes.",
  },
  // They are code where a type was meant; a union of texts prints and narrows better.
  { selector: "TSEnumDeclaration", message: "Use a union of texts." },
  // The public door is a list: `export *` hides a change of the interface from its diff.
  { selector: "ExportAllDeclaration", message: "Name what is exported." },
];

/** The strictest typed rules there are; below them what this workspace adds, what it loosens, and why. */
export default defineConfig(
  { ignores: ["**/dist/", "**/.turbo/", "bench/results/", "packages/cookiecutter-template/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: `${import.meta.dirname}/../..` } },
    plugins: { house: { rules: { "kebab-case-file": kebabCaseFile() } } },
    rules: {
      // A file is found by its name on every file system, letter case ignored or not.
      "house/kebab-case-file": "error",
      // A forgotten promise is an error nobody sees and work that nobody ends.
      "@typescript-eslint/no-floating-promises": "error",
      // `any` switches the checks off for all it touches; the outside world is `unknown`.
      "@typescript-eslint/no-explicit-any": "error",
      // `!` is a claim without a proof.
      "@typescript-eslint/no-non-null-assertion": "error",
      // An import of types costs nothing at run time, and shows it. `typeof import("…")` is what is loaded late.
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      // `import { type A }` would load the module for nothing.
      "@typescript-eslint/no-import-type-side-effects": "error",
      // Only the program itself ends the process; all else returns or throws, so that `finally` runs.
      "no-restricted-properties": ["error", { object: "process", property: "exit" }],
      "no-restricted-syntax": ["error", ...restrictedSyntax],

      // `{ secret: _, ...rest }` is how a field is left out.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      // `() => log(text)` is the shortest honest way to return nothing.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Numbers print as they are meant to.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // An index signature says what its names are.
      "@typescript-eslint/consistent-indexed-object-style": "off",
      // It knows `Promise<void>` but not `Promise.withResolvers<void>()`.
      "@typescript-eslint/no-invalid-void-type": "off",
      // `async` with no `await` makes a rejection of what is thrown, as a role that promises one needs.
      "@typescript-eslint/require-await": "off",
      // No method here uses `this`.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["packages/*/src/**"],
    rules: {
      // A library tells by what it returns, throws and emits; the command line writes to the streams it was given.
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        ...restrictedSyntax,
        // Two clients in one process must not meet.
        {
          selector: ":matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind='let']",
          message: "Keep what changes in a closure.",
        },
      ],
    },
  },
  {
    // The file that is the program.
    files: ["packages/cli/src/bin*"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["packages/*/test/**", "test/**"],
    rules: {
      // Tests print all there is, to see that no secret comes out.
      "@typescript-eslint/no-base-to-string": "off",
      // Matchers such as `expect.any(Number)` are `any`, and stand where a value of any type is expected.
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
  {
    // Their readers demand a default export.
    files: ["**/*.config.{js,ts}"],
    rules: { "no-restricted-syntax": "off" },
  },
  { files: ["**/*.{js,cjs,mjs}"], extends: [tseslint.configs.disableTypeChecked] },
);

function kebabCaseFile() {
  return {
    meta: { type: "suggestion", messages: { name: "Name the file in kebab-case: {{ name }}" } },
    create(context) {
      return {
        Program(node) {
          const name = basename(context.filename);
          if (!/^\.?[a-z0-9]+([.-][a-z0-9]+)*$/.test(name)) context.report({ node, messageId: "name", data: { name } });
        },
      };
    },
  };
}
