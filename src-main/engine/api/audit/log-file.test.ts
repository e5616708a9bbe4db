import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { LogFile } from './log-file.ts'

let dir: string
let said: string[]
const clock = new FakeClock()
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'toque-audit-'))
  said = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const logs = (): string => join(dir, 'audit')
const say = (sentence: string): number => said.push(sentence)
const line = (text: string): { bytes: number; text: () => string } => ({ bytes: text.length + 1, text: () => `${text}\n` })
const read = (name = 'audit.log'): string[] => readFileSync(join(logs(), name), 'utf8').split('\n').slice(0, -1)

test('lines are in the file in their order, which is its owner\'s alone, and goes on after a restart', async () => {
  for (const texts of [['1', '2', '3'], ['4']]) {
    const file = new LogFile(logs(), clock, say)
    texts.forEach((text) => file.write(line(text)))
    await file.close()
    file.write(line('late'))
  }
  expect([read(), statSync(join(logs(), 'audit.log')).mode & 0o777, statSync(logs()).mode & 0o777, said]).toEqual([['1', '2', '3', '4'], 0o600, 0o700, []])
})

test('it is put aside when it is full, and only the newest stay', async () => {
  const limits = { fileBytes: 30, keep: 2, waitingBytes: 1000 }
  for (let i = 0; i < 8; i++) {
    const file = new LogFile(logs(), clock, say, limits)
    file.write(line(`${String(i)}${'x'.repeat(19)}`))
    await file.close()
    await clock.advance(1000)
  }
  const names = readdirSync(logs()).sort()
  expect(names).toHaveLength(3)
  expect(names.flatMap((name) => read(name)).map((text) => text[0])).toEqual(['5', '6', '7'])
})

test('what comes faster than the disk takes it is lost, counted and told, and holds nobody', async () => {
  const file = new LogFile(logs(), clock, say, { waitingBytes: 30 })
  for (let i = 0; i < 10; i++) file.write(line('123456789'))
  await file.close()
  expect(read()).toHaveLength(3)
  expect(said).toEqual([expect.stringMatching(/loses events/), expect.stringMatching(/has lost 7 events/)])
})

test('a folder that cannot be written is told once, and does no harm', async () => {
  writeFileSync(logs(), 'a file in its place')
  const file = new LogFile(logs(), clock, say)
  file.write(line('1'))
  await expect.poll(() => said).toHaveLength(1)
  file.write(line('2'))
  await file.close()
  expect(said).toEqual([expect.stringMatching(/cannot be written: .*What happens meanwhile is not in it/)])
})
