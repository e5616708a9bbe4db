import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LoginBook } from './login-book.ts'
import type { Sealer } from './login-book.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'toque-book-'))
  file = join(dir, 'logins.json')
})
afterEach(() => rmSync(dir, { recursive: true }))

/** Reversible and bound to its context, which is all that matters here. */
const sealer = (key: number): Sealer => ({
  seal: (plain, context) => Buffer.from([key, ...Buffer.from(`${context}|`).map((b) => b ^ 0xff), ...plain.map((b) => b ^ 0xff)]),
  open: (sealed, context) => {
    const text = Buffer.from(sealed.slice(1).map((b) => b ^ 0xff)).toString()
    if (sealed[0] !== key || !text.startsWith(`${context}|`)) throw new Error('not sealed here')
    return Buffer.from(text.slice(context.length + 1))
  },
})

test('logins and remembered secrets are there again; others are not, and none is in plain', () => {
  const book = new LoginBook(file, sealer(1))
  book.setLogin('web', { type: 'password' })
  book.setSecret('web', 'password', 'hunter2', true)
  book.setSecret('db', 'password', 'only now', false)
  expect([book.secret('web', 'password'), book.secret('db', 'password')]).toEqual(['hunter2', 'only now'])
  const again = new LoginBook(file, sealer(1))
  expect(again.login('web')).toEqual({ type: 'password' })
  expect([again.secret('web', 'password'), again.secret('db', 'password')]).toEqual(['hunter2', undefined])
  expect(readFileSync(file, 'utf8')).not.toMatch(/hunter2|only now/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a secret opens with its own key and for its own server only', () => {
  const book = new LoginBook(file, sealer(1))
  book.setSecret('web', 'password', 'hunter2', true)
  expect(new LoginBook(file, sealer(2)).secret('web', 'password')).toBeUndefined()
  writeFileSync(file, readFileSync(file, 'utf8').replace('"web"', '"evil"'))
  expect(new LoginBook(file, sealer(1)).secret('evil', 'password')).toBeUndefined()
})

test('what is forgotten is gone from the disk; a broken file counts as empty', () => {
  const book = new LoginBook(file, sealer(1))
  book.setLogin('web', { type: 'agent' })
  book.setSecret('web', 'password', 'x', true)
  book.forget('web')
  expect([book.login('web'), book.secret('web', 'password'), readFileSync(file, 'utf8').trim()]).toEqual([undefined, undefined, '{}'])
  writeFileSync(file, '{"web":')
  expect(new LoginBook(file, sealer(1)).login('web')).toBeUndefined()
})
