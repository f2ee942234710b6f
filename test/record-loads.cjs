// Preloaded by `node --require` into a program: writes to its file descriptor 3, when it ends, what it loaded and which
// files it touched after this. Plain CommonJS without `require`, because it must load nothing the program may load.
const fs = process.getBuiltinModule("node:fs");
const { registerHooks } = process.getBuiltinModule("node:module");
const { writeSync } = fs;

/** What was asked for: files of code, by their URL, and Node's own modules. */
const asked = new Set();
/** Calls of `node:fs` as `name path`, in order. */
const files = [];
const opened = new Map([
  [1, "stdout"],
  [2, "stderr"],
]);

registerHooks({
  load(url, context, next) {
    asked.add(url);
    return next(url, context);
  },
});

for (const [name, { value: call }] of Object.entries(Object.getOwnPropertyDescriptors(fs))) {
  if (typeof call !== "function" || /^[A-Z_]/.test(name)) continue;
  fs[name] = Object.assign((...args) => {
    const [file] = args;
    const path = opened.get(file) ?? String(file);
    files.push(name === "openSync" ? `${name} ${path} ${args[1]}` : `${name} ${path}`);
    const result = call.apply(fs, args);
    if (name === "openSync") opened.set(result, path);
    return result;
  }, call);
}
const { get } = Object.getOwnPropertyDescriptor(fs, "promises");
Object.defineProperty(fs, "promises", {
  get() {
    files.push("promises");
    return get.call(fs);
  },
});

const before = new Set(process.moduleLoadList);
process.on("exit", () => {
  const modules = process.moduleLoadList.filter((name) => !before.has(name));
  writeSync(3, JSON.stringify({ modules, asked: [...asked], files }));
});
