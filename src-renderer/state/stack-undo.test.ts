import { expect, test } from 'vitest'
import type { PlannedChange, StackPlan, StackText } from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import { wayBack, wayBackFromRotation } from './stack-undo.ts'
import type { WayBack } from './stack-undo.ts'

const change = (action: PlannedChange['action'], kind: string, name: string): PlannedChange => ({ ref: { apiVersion: 'swarm', kind, namespace: 'default', name }, action, before: '', after: '' })
const plan = (stack: string | undefined, ...changes: PlannedChange[]): StackPlan => ({ changes, problems: [], files: [], changed: [], missing: [], ...(stack === undefined ? {} : { stack }) })
const reading = (lost: string[] = []): { readBack: (of: { stack: string } | { service: string }) => Promise<StackText> } => ({
  readBack: (of) => Promise.resolve({ stack: '', text: `text of ${'stack' in of ? of.stack : of.service}`, lost, notes: [] }),
})
const failing = (error: Error): ReturnType<typeof reading> => ({ readBack: () => Promise.reject(error) })

test.each<[string, ReturnType<typeof reading>, StackPlan, WayBack | undefined]>([
  ['a stack that is there: what it was', reading(), plan('shop', change('update', 'Service', 'shop_web')), { deploys: [{ text: 'text of shop', prune: true }], made: [] }],
  ['a stack that is new: without it', failing(new StatusError('NotFound', 'no')), plan('shop'), { stack: 'shop' }],
  ['a stack that could not be read is not taken for a new one', failing(new Error('the line is dead')), plan('shop'), undefined],
  ['a stack with something that no file says', reading(['its priority']), plan('shop'), undefined],
  ['services of no stack: those that were there, and without those that are new', reading(), plan(undefined, change('create', 'Config', 'conf'), change('create', 'Service', 'new'), change('update', 'Service', 'old'), change('unchanged', 'Service', 'same')),
    { deploys: [{ text: 'text of old' }], made: [expect.objectContaining({ kind: 'Service', name: 'new' }) as never, expect.objectContaining({ kind: 'Config', name: 'conf' }) as never] }],
  ['a network of no stack may be in use until its last task has ended', reading(), plan(undefined, change('create', 'Network', 'net')), undefined],
  ['other labels of a secret of no stack', reading(), plan(undefined, change('update', 'Secret', 'key')), undefined],
  ['a service of no stack with something that no file says', reading(['its priority']), plan(undefined, change('update', 'Service', 'old')), undefined],
])('%s', async (_, stacks, planned, way) => expect(await wayBack(stacks, planned)).toEqual(way))

const conf = { kind: 'config', name: 'shop_conf' } as const
const key = { kind: 'secret', name: 'shop_key' } as const
const way: WayBack = { deploys: [{ text: 'before', prune: true }], made: [] }
const planning = (changed: StackPlan['changed'], problems: StackPlan['problems'] = []): { plan: () => Promise<StackPlan> } => ({ plan: () => Promise.resolve({ ...plan('shop'), changed, problems }) })

test.each<[string, ReturnType<typeof planning>, StackPlan['changed'], WayBack | undefined]>([
  ['nothing was rotated', planning([]), [], way], ['a config has its content in the text', planning([conf]), [conf], { deploys: [{ text: 'before', prune: true, rotate: true }], made: [] }],
  ['a secret has not', planning([conf]), [conf, key], undefined], ['something stands in the way', planning([conf], [{ severity: 'error', message: 'no' }]), [conf], undefined],
])('after a rotation: %s', async (_, stacks, rotated, expected) => expect(await wayBackFromRotation(stacks, way, rotated)).toEqual(expected))
