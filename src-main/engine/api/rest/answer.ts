import type { KubeObject } from '../../../common/kube/object.ts'
import type { Kind } from '../registry/kind.ts'
import { bodyOf, placeInNamespace } from './create.ts'
import { admitted } from './admitted.ts'
import { lookupOf } from './core.ts'
import type { Core, WriteOptions } from './core.ts'

/** Answers a question that is asked by creating it. Nothing is stored. */
export async function answer(core: Core, kind: Kind, namespace: string, body: unknown, options: WriteOptions, bind: (pod: string, binding: unknown) => Promise<void>): Promise<KubeObject> {
  const question = bodyOf(kind, body)
  placeInNamespace(kind, question, namespace)
  const asked = await admitted(core, { operation: 'CREATE', kind, subresource: '', namespace, name: (question.metadata as Partial<KubeObject['metadata']>).name ?? '' }, question, options)
  const answered = await kind.answer?.(asked, { caller: options.caller, namespace, lookup: lookupOf(core), tokens: core.tokens, bind })
  return answered ?? asked
}
