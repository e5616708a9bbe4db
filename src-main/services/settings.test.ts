import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileKey, KEY_FILE, webToken } from './key-file.ts'
import { FileSettings } from './settings.ts'

let dir: string
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'toque-settings-')) })
afterEach(() => rmSync(dir, { recursive: true }))

test('settings are kept, and nonsense in the file or from a page is not', async () => {
  const file = join(dir, 'settings.json')
  writeFileSync(file, '{"language": "tlh", "theme": "dark"}')
  const settings = new FileSettings(file)
  expect(await settings.read()).toEqual({ language: 'system', theme: 'dark' })
  await settings.write({ language: 'ko' })
  expect(await new FileSettings(file).read()).toEqual({ language: 'ko', theme: 'dark' })
  await expect(settings.write({ theme: 'neon' as 'dark' })).rejects.toMatchObject({ reason: 'BadRequest' })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ language: 'ko', theme: 'dark' })
  writeFileSync(file, '{')
  expect(await new FileSettings(file).read()).toEqual({ language: 'system', theme: 'system' })
})

test('whoever shows them outside the page hears them at once, and each change', async () => {
  const heard: string[] = []
  const settings = new FileSettings(join(dir, 'settings.json'), ({ language }) => heard.push(language))
  await settings.write({ language: 'ko' })
  await expect(settings.write({ language: 'tlh' as 'ko' })).rejects.toMatchObject({ reason: 'BadRequest' })
  expect(heard).toEqual(['system', 'ko'])
})

test('key and token are made once, for the owner only', () => {
  const data = join(dir, 'new', 'data')
  const key = fileKey(data)
  expect(key).toHaveLength(32)
  expect(fileKey(data)).toEqual(key)
  expect(webToken(data)).toBe(webToken(data))
  expect(statSync(join(data, KEY_FILE)).mode & 0o777).toBe(0o600)
})
