import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { Api } from '../../src-main/engine/api/api.ts'
import { kubernetesSchemas } from '../../src-main/engine/api/openapi/schemas.ts'
import { AS_TESTER, startTestApi } from '../../src-main/engine/api/testing/test-api.ts'
import { prepareTemplate, TEMPLATE_KINDS, templateOf } from './templates.ts'

const dir = new URL('../../resources/templates/', import.meta.url)
const files = readdirSync(dir).map((file) => file.replace('.yaml', ''))
const read = (kind: string): string => readFileSync(new URL(`${kind}.yaml`, dir), 'utf8')
interface Manifest { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } }
const objects = (text: string): Manifest[] => parseAllDocuments(text).map((d) => d.toJS() as Manifest)

test('every file is a template', () => expect([...TEMPLATE_KINDS].sort()).toEqual([...files].sort()))

describe.each(files)('%s', (kind) => {
  test('is of that kind, in both languages, without a field that its schema does not know', () => {
    for (const locale of ['en', 'ko'] as const) {
      const made = objects(prepareTemplate(read(kind), locale, ''))
      expect(made.some((o) => o.kind === kind)).toBe(true)
      for (const { apiVersion, kind: of, ...body } of made) {
        const [version = '', group = ''] = apiVersion.split('/').reverse()
        const { unknown, wrong } = kubernetesSchemas.check({ group, version, kind: of }, { apiVersion, kind: of, ...body })
        expect({ unknown, wrong }).toEqual({ unknown: [], wrong: [] })
      }
    }
  })

  test('every comment is in both languages, and each is shown alone', () => {
    const sentences = read(kind).split('\n').filter((line) => /# [A-Z가-힣]/.test(line))
    for (const line of sentences) expect(line.split(' ¦ '), line).toHaveLength(2)
    expect(prepareTemplate(read(kind), 'en', '')).not.toMatch(/[¦가-힣]/)
    expect(prepareTemplate(read(kind), 'ko', '')).not.toContain('¦')
    if (sentences.length > 0) expect(prepareTemplate(read(kind), 'ko', '')).toMatch(/# .*[가-힣]/)
  })
})

test('the API takes each as it is', async () => {
  const running = await startTestApi()
  try {
    const api: Api = running.api
    const served = files.flatMap((kind) => objects(read(kind))).map((o) => ({ o, found: api.registry.all().find(({ resource }) => resource.kind === o.kind) }))
    for (const { o, found } of served) {
      if (found !== undefined) await expect(api.create(found.resource, found.resource.namespaced ? 'default' : '', o, { ...AS_TESTER, dryRun: true }), o.kind).resolves.toBeDefined()
    }
    expect(served.filter(({ found }) => found !== undefined).length).toBeGreaterThan(5)
  } finally {
    await running.close()
  }
})

test('the chosen namespace is every object\'s, and nothing else\'s', async () => {
  const text = (await templateOf('StatefulSet', 'en', 'shop')) ?? ''
  expect(objects(text).map((o) => o.metadata.namespace)).toEqual(['shop', 'shop'])
  expect(text.match(/namespace:/g)).toHaveLength(2)
  expect(await templateOf('Namespace', 'en', 'shop')).not.toContain('shop')
  expect(await templateOf('Nothing', 'en', '')).toBeUndefined()
})
