import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCompose } from '../common/compose/read.ts'
import { parseManifests } from './testing/manifests.ts'
import { broken } from './testing/same.ts'
import type { ReportLine } from './report.ts'
import { leavesOf } from './report.ts'
import { kubernetesToCompose } from './to-compose/convert.ts'
import type { Manifest } from './to-kubernetes/convert.ts'
import { composeToKubernetes } from './to-kubernetes/convert.ts'

const FILES = readFileSync(join(import.meta.dirname, 'testing/files.fixture.yaml'), 'utf8').split(/^---$/m)
const OBJECTS = readFileSync(join(import.meta.dirname, 'testing/objects.fixture.yaml'), 'utf8').split(/^# ---$/m)

function named(objects: readonly Manifest[]): Record<string, unknown> {
  return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name ?? ''}`, object]))
}

function complete(input: unknown, report: readonly ReportLine[]): void {
  const lines = new Set(report.map(({ path }) => JSON.stringify(path)))
  expect(leavesOf(input).filter((path) => !lines.has(JSON.stringify(path)))).toEqual([])
  expect(report.filter(({ verdict, message }) => (verdict === 'same') !== (message === ''))).toEqual([])
}

describe('Compose to Kubernetes and back', () => {
  test('there are enough files', () => expect(FILES.length).toBeGreaterThanOrEqual(30))
  test.each(FILES.map((text, i) => [i, text]))('file %i', (_, text) => {
    const { model, problems } = readCompose(text)
    expect(problems).toEqual([])
    if (model === undefined) throw new Error('no model')
    const there = composeToKubernetes(model)
    complete(model, there.report)
    // The text says the same as the objects.
    expect(named(parseManifests(there.manifests))).toEqual(JSON.parse(JSON.stringify(named(there.objects))))
    const back = kubernetesToCompose(there.objects)
    expect(broken(model, back.model, there.report)).toEqual([])
    expect(readCompose(back.compose).model).toEqual(back.model)
    // From there on nothing changes any more.
    const again = composeToKubernetes(back.model, { files: back.files })
    complete(named(there.objects), back.report)
    expect(broken(named(there.objects), named(again.objects), back.report)).toEqual([])
  })
})

describe('Kubernetes to Compose and back', () => {
  test.each(OBJECTS.map((text, i) => [i, text]))('objects %i', (_, text) => {
    const objects = parseManifests(text)
    const there = kubernetesToCompose(objects)
    complete(named(objects), there.report)
    expect(readCompose(there.compose).model).toEqual(there.model)
    const back = composeToKubernetes(there.model, { files: there.files })
    expect(broken(named(objects), named(back.objects), there.report)).toEqual([])
  })
})
