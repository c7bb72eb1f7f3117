import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // For what hangs, not for what is slow: many tests start real processes, and machines are busy.
    testTimeout: 180_000,
    hookTimeout: 180_000
  }
})
