import { badRequest } from '../../../common/errors.ts'
import type { Binding } from '../../../common/kube/generated/core-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { defineKind } from './kind.ts'

/** Binding: the older way to bind a pod, by the name that the Binding bears; the newer is the pod's own subresource. Stored nowhere. */
export const bindingKind = defineKind<Binding>({
  resource: { group: '', version: 'v1', kind: 'Binding', plural: 'bindings', namespaced: true }, columns: [],
  async answer(binding, { bind }) {
    const { name } = binding.metadata as { name?: string }
    if (!name) throw badRequest('name is required')
    await bind(name, binding)
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as unknown as KubeObject
  },
})
