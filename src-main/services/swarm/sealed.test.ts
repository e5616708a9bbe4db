import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { Cipher } from '../../engine/store/cipher.ts'
import { sealedLogins } from './sealed-logins.ts'
import { sealedUnlockKeys } from './sealed-unlock-keys.ts'

const KEY = 'SWMKEY-1-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG'
const cipher = (fill: number): Cipher => new Cipher(new Uint8Array(32).fill(fill))
let file: string
beforeEach(() => { file = join(mkdtempSync(join(tmpdir(), 'toque-sealed-')), 'secret') })

test('the unlock key is kept over a restart, and is not in plain in the file, which is the user\'s only', () => {
  expect(sealedUnlockKeys(file, cipher(1)).get()).toBeUndefined()
  sealedUnlockKeys(file, cipher(1)).set(KEY)
  expect(sealedUnlockKeys(file, cipher(1)).get()).toBe(KEY)
  expect(readFileSync(file).includes(KEY.slice(9, 30))).toBe(false)
  expect(statSync(file).mode & 0o077).toBe(0)
})

test('with another key of the desk, of another purpose, or broken it counts as not there', () => {
  sealedUnlockKeys(file, cipher(1)).set(KEY)
  expect(sealedUnlockKeys(file, cipher(2)).get()).toBeUndefined()
  expect(sealedLogins(file, cipher(1)).load()).toEqual([])
  writeFileSync(file, 'x')
  expect(sealedUnlockKeys(file, cipher(1)).get()).toBeUndefined()
})

test('logins come back as they were', () => {
  const login = { namespace: 'shop', server: 'registry.example.com', username: 'chef', password: 'salt' }
  sealedLogins(file, cipher(1)).save([login])
  expect(sealedLogins(file, cipher(1)).load()).toEqual([login])
  expect(readFileSync(file).includes('salt')).toBe(false)
})
