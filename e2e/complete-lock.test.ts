import { execFileSync } from 'node:child_process'
import { test } from 'vitest'
import { repository } from './lab/places.ts'

test('package-lock.json names every optional package, or npm ci refuses it; node e2e/complete-lock.mjs completes it', () => {
  execFileSync(process.execPath, ['e2e/complete-lock.mjs', '--check'], { cwd: repository })
})
