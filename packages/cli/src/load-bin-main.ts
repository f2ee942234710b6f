/**
 * Loads the whole program, which stays as it is beside this file. In a file of its own because a bundle that says
 * `import()` begins with code for that.
 */
export function loadBinMain(): Promise<typeof import("./bin-main.js")> {
  return import("./bin-main.js");
}
