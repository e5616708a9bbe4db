import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { composeModels } from '../common/compose/testing/arbitrary.ts'
import { readCompose } from '../common/compose/read.ts'
import { byName, expectComplete, meantByName } from './testing/fixtures.ts'
import { broken } from './testing/same.ts'
import { kubernetesToCompose } from './to-compose/convert.ts'
import { composeToKubernetes } from './to-kubernetes/convert.ts'

describe('over every key of Compose', () => {
  test('each field is named, and what is the same comes back', () => {
    fc.assert(fc.property(composeModels, (model) => {
      const there = composeToKubernetes(model)
      expectComplete(model, there.report)
      const back = kubernetesToCompose(there.objects)
      expect(broken(model, back.model, there.report)).toEqual([])
      expect(readCompose(back.compose, {}).problems.filter(({ severity }) => severity === 'error')).toEqual([])
      expectComplete(meantByName(there.objects), back.report)
    }), { numRuns: 100 })
  })

  test('and the same from the other side: what comes back to Kubernetes is what the report calls the same', () => {
    fc.assert(fc.property(composeModels, (model) => {
      const objects = composeToKubernetes(model).objects
      const there = kubernetesToCompose(objects)
      const back = composeToKubernetes(there.model, { files: there.files })
      expect(broken(byName(objects), byName(back.objects), there.report)).toEqual([])
    }), { numRuns: 100 })
  })
})
