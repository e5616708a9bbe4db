import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCompose } from './read.ts'
import { composeModels } from './testing/arbitrary.ts'
import { writeCompose } from './write.ts'

describe('writeCompose', () => {
  test('reading what was written gives the same model, over every key', () => {
    fc.assert(fc.property(composeModels, (model) => {
      const { model: again, problems } = readCompose(writeCompose(model))
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(again).toEqual(model)
    }), { numRuns: 150 })
  })
})
