import { expect, test } from 'vitest'
import { aService } from '../testing/objects.ts'
import { wasTakenBack } from './taken-back.ts'
import type { UpdateStatus } from './types.ts'

const { Spec } = aService('web')

test.each<[UpdateStatus['State'], 'kept' | 'forgotten', boolean]>([
  ['rollback_completed', 'forgotten', true], ['completed', 'forgotten', true],
  // An update that went well, and a way back that a person asked for.
  ['completed', 'kept', false], ['rollback_completed', 'kept', true],
  ['updating', 'forgotten', false], ['rollback_started', 'forgotten', false], ['paused', 'kept', false],
])('an update that is %s, with the version before it %s: %s', (State, before, taken) => {
  expect(wasTakenBack({ UpdateStatus: { State }, ...(before === 'kept' ? { PreviousSpec: Spec } : {}) })).toBe(taken)
})

test('a service that was never updated', () => expect(wasTakenBack({})).toBe(false))
