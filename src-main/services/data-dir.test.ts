import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeDataDir } from './data-dir.ts'

let dir: string
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'toque-data-'))))
afterEach(() => rmSync(dir, { recursive: true }))

test('a data directory is made with its parents, for its owner only, and is left alone when it is there', () => {
  const data = join(dir, 'a/b/c')
  makeDataDir(data)
  makeDataDir(data)
  expect(statSync(data).mode & 0o777).toBe(0o700)
})

test('where none can be made, a sentence says why', () => {
  writeFileSync(join(dir, 'file'), '')
  expect(() => makeDataDir(join(dir, 'file'))).toThrow(/cannot be used: there is a file of that name\. Choose another/)
  expect(() => makeDataDir(join(dir, 'file/below'))).toThrow(/cannot be used: (a part of its path is a file|there is a file of that name)/)
})

test.runIf(process.platform === 'linux')('a place that takes no folders ends in a sentence, not in a loop', () => {
  expect(() => makeDataDir('/proc/nope/deep')).toThrow('/proc/nope/deep cannot be used: no folder can be made there')
})
