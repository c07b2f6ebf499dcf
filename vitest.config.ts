import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**"],
    // The same everywhere: a machine's own engine is nobody's test. Those that mean one take it from DOCKER_ENGINE.
    env: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
    // Real processes and real databases: generous limits, because a slow machine must not decide a test.
    // They mostly wait for processes and containers: more workers than cores, where the default leaves one core out.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: ["default"],
  },
});
