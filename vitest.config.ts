import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

// unit: next to the code, fake clock, no root. integration: *.itest.ts, on real Docker in the lab (Linux, root), two files at a time: each has a lab
// of its own, and most of their time is waiting. long: *.long.itest.ts, the same, but minutes each: `npm run test:long`, not part of `npm test`.
// conformance: Kubernetes' own list, against a cluster that is known by its kubeconfig only: `npm run conformance`.
// By itself the runner leaves a processor free, which of two is half. The files of unit share their processes, which saves more than half of the time; those of the screens cannot: the language is state of a module.

/** A failure says what was found, not "[ Array(1) ]"; what is waited for may take as long as a busy machine needs. */
const said = { chaiConfig: { truncateThreshold: 2000 }, expect: { poll: { timeout: 60_000 } } }

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src-main/**/*.test.ts', 'e2e/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000, isolate: false, maxWorkers: 2 } },
      // The screens' state is compiled as for the browser.
      { plugins: [svelte()], resolve: { conditions: ['browser'] }, test: { name: 'unit-screens', include: ['src-renderer/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 2 } },
      {
        test: {
          name: 'integration', include: ['src-main/**/*.itest.ts', 'e2e/**/*.itest.ts'], exclude: ['**/node_modules/**', '**/*.long.itest.ts'],
          testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 2, pool: 'forks',
        },
      },
      {
        test: {
          name: 'long', include: ['src-main/**/*.long.itest.ts', 'e2e/**/*.long.itest.ts'],
          testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 2, pool: 'forks',
        },
      },
      {
        test: {
          name: 'conformance', include: ['e2e/conformance/**/*.conformance.ts'], exclude: ['**/node_modules/**', '**/*.serial.conformance.ts'], globalSetup: 'e2e/conformance/framework/provide-cluster.ts',
          testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: 2, pool: 'forks', maxConcurrency: 4,
        },
      },
      // What nothing else may run beside: it puts others' pods off their nodes. After all others, a file at a time.
      {
        test: {
          name: 'conformance-serial', include: ['e2e/conformance/**/*.serial.conformance.ts'], globalSetup: 'e2e/conformance/framework/provide-cluster.ts',
          testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: 1, pool: 'forks', sequence: { groupOrder: 1 },
        },
      },
    ].map(({ test, ...project }) => ({ ...project, test: { ...said, ...test } })),
  },
})
