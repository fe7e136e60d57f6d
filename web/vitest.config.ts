import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    environmentOptions: { happyDOM: { url: "http://localhost:8000/" } },
    setupFiles: ["tests/setup.ts"],
    unstubEnvs: true,
    unstubGlobals: true,
    // One process, and one document for all: the tests make the pages' memory anew themselves (`freshPages`).
    fileParallelism: false,
    isolate: false,
    onConsoleLog: (text) => !text.includes("InvariantMiddleware took"),
  },
});
