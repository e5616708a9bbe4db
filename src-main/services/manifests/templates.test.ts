import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { kubernetesSchemas } from '../../engine/api/openapi/schemas.ts'
import { AS_TESTER, startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { LocalManifests } from '../../engine/client/local-manifests.ts'
import { parseManifests } from './documents.ts'
import { planText } from './planner.ts'

const dir = join(import.meta.dirname, '../../../resources/templates')
const kinds = readdirSync(dir).map((file) => file.replace('.yaml', ''))
const read = (kind: string): string => readFileSync(join(dir, `${kind}.yaml`), 'utf8')

let running: TestApi
beforeEach(async () => { running = await startTestApi() })
afterEach(() => running.close())

test.each(kinds)('the starting manifest of a %s has no field that its schema does not know, and is taken where the kind is served', async (kind) => {
  const { documents, problems } = parseManifests(read(kind))
  expect(problems).toEqual([])
  expect(documents.map(({ body }) => body['kind'])).toContain(kind)
  for (const { body } of documents) {
    const [version = '', group = ''] = String(body['apiVersion']).split('/').reverse()
    const { unknown, wrong } = kubernetesSchemas.check({ group, version, kind: String(body['kind']) }, body)
    expect({ unknown, wrong }).toEqual({ unknown: [], wrong: [] })
  }
  const api = new LocalManifests(running.api, AS_TESTER)
  const served = documents.every(({ body }) => api.kinds().some((k) => k.kind === body['kind']))
  if (served) expect((await planText(api, read(kind))).plan.problems).toEqual([])
})
