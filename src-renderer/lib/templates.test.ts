import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { aboutApp, prepareTemplate, TEMPLATE_KINDS, templateOf } from './templates.ts'

const dir = new URL('../../resources/templates/', import.meta.url)
const kinds = readdirSync(dir).map((file) => file.replace('.yaml', ''))
const read = (kind: string): string => readFileSync(new URL(`${kind}.yaml`, dir), 'utf8')

test('every file is a template', () => expect([...TEMPLATE_KINDS].sort()).toEqual([...kinds].sort()))

test.each(kinds)('every comment of %s is in both languages, and each is shown alone', (kind) => {
  const sentences = read(kind).split('\n').filter((line) => /# [A-Z가-힣]/.test(line))
  for (const line of sentences) expect(line.split(' ¦ '), line).toHaveLength(2)
  const [en, ko] = [prepareTemplate(read(kind), 'en', ''), prepareTemplate(read(kind), 'ko', '')]
  expect(en).not.toMatch(/[¦가-힣]/)
  expect(ko).not.toContain('¦')
  if (sentences.length > 0) expect(ko).toMatch(/# .*[가-힣]/)
  expect(parseAllDocuments(en).map((d) => d.toJS() as unknown)).toEqual(parseAllDocuments(ko).map((d) => d.toJS() as unknown))
})

test('a template about an app has its name, and nothing else\'s', async () => {
  const text = aboutApp((await templateOf('Rollout', 'en', 'shop')) ?? '', 'menu-api')
  expect((parseAllDocuments(text)[0]?.toJS() as { metadata: object; spec: { deployment: string } })).toMatchObject({ metadata: { name: 'menu-api', namespace: 'shop' }, spec: { deployment: 'menu-api' } })
  expect(text).not.toContain('my-app')
  expect(aboutApp('image: my-apple', 'x')).toBe('image: my-apple')
})

test('the chosen namespace is every object\'s, and nothing else\'s', async () => {
  const text = (await templateOf('StatefulSet', 'en', 'shop')) ?? ''
  expect(parseAllDocuments(text).map((d) => (d.toJS() as { metadata: { namespace?: string } }).metadata.namespace)).toEqual(['shop', 'shop'])
  expect(text.match(/namespace:/g)).toHaveLength(2)
  expect(await templateOf('Namespace', 'en', 'shop')).not.toContain('shop')
  expect(await templateOf('Nothing', 'en', '')).toBeUndefined()
})
