import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { composeModels } from '../common/compose/testing/arbitrary.ts'
import { readCompose } from '../common/compose/read.ts'
import type { ReportLine } from './report.ts'
import { leavesOf } from './report.ts'
import { broken } from './testing/same.ts'
import { kubernetesToCompose } from './to-compose/convert.ts'
import { composeToKubernetes } from './to-kubernetes/convert.ts'

/** Every leaf has one line, and what is not the same says why. */
function complete(input: unknown, report: readonly ReportLine[]): void {
  const named = new Set(report.map(({ path }) => JSON.stringify(path)))
  expect(leavesOf(input).filter((path) => !named.has(JSON.stringify(path)))).toEqual([])
  expect(report.filter(({ verdict, message }) => verdict !== 'same' && message.length < 10)).toEqual([])
}

describe('over every key of Compose', () => {
  test('each field is named, and what is the same comes back', () => {
    fc.assert(fc.property(composeModels, (model) => {
      const there = composeToKubernetes(model)
      complete(model, there.report)
      const back = kubernetesToCompose(there.objects)
      expect(broken(model, back.model, there.report)).toEqual([])
      expect(readCompose(back.compose, {}).problems.filter(({ severity }) => severity === 'error')).toEqual([])
      complete(Object.fromEntries(there.objects.map((object) => [`${object.kind}/${object.metadata.name ?? ''}`, object])), back.report)
    }), { numRuns: 100 })
  })

  test('and the same from the other side: what comes back to Kubernetes is what the report calls the same', () => {
    fc.assert(fc.property(composeModels, (model) => {
      const objects = composeToKubernetes(model).objects
      const there = kubernetesToCompose(objects)
      const back = composeToKubernetes(there.model, { files: there.files })
      const byName = (all: typeof objects): Record<string, unknown> => Object.fromEntries(all.map((object) => [`${object.kind}/${object.metadata.name ?? ''}`, object]))
      expect(broken(byName(objects), byName(back.objects), there.report)).toEqual([])
    }), { numRuns: 100 })
  })
})
