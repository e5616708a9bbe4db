import { defineConfig } from '@playwright/test'

// The real app on real Docker: one after the other, for each story has a server of its own on this machine's few cores.
export default defineConfig({
  testDir: 'specs',
  outputDir: '../test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 240_000,
  expect: { timeout: 60_000 },
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
})
