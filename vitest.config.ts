import { defineConfig } from "vitest/config";
import { countReporter } from "./tools/reporter/count-reporter.ts";

const conditions = ["@org/source"];

export default defineConfig({
  // Packages are tested from their sources, with no build in between.
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["tools/system-packages/setup.ts"],
    reporters: ["default", countReporter()],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
