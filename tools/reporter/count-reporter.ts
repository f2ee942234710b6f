import type { Reporter, TestModule } from "vitest/node";

/**
 * A reporter that ends all output with one line for programs: `N passed, N failed, N skipped`.
 *
 * Everything that fails counts once: a test, a file that cannot be loaded, a hook of a suite, an error nobody caught. Is
 * there none of these and the run fails all the same, that is one failure too.
 */
export function countReporter(): Reporter {
  const counts = { passed: 0, failed: 0, skipped: 0 };

  return {
    onInit() {
      // Other reporters, and Vitest itself, may still have something to say after the last test.
      process.once("exit", (exitCode) => {
        const failed = exitCode === 0 ? counts.failed : Math.max(counts.failed, 1);
        process.stdout.write(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
      });
    },

    onTestRunEnd(modules, unhandledErrors) {
      const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
      const count = (wanted: string): number => states.filter((state) => state === wanted).length;
      counts.passed = count("passed");
      counts.failed = count("failed") + brokenSuites(modules) + unhandledErrors.length;
      counts.skipped = count("skipped");
    },
  };
}

function brokenSuites(modules: readonly TestModule[]): number {
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  return suites.filter((suite) => suite.errors().length > 0).length;
}
