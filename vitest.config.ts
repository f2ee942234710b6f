import { defineConfig } from "vitest/config";

const conditions = ["@org/source"];

export default defineConfig({
  // Packages are tested from their sources, with no build in between.
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
