import type { KubeObject } from '../../../common/kube/object.ts'
import { type Resource, apiVersionOf } from '../../../common/kube/resource.ts'
import { type AdmissionRequest, type Operation, operationOptions } from '../admission/request.ts'
import type { Kind } from '../registry/kind.ts'
import type { Core, WriteOptions } from './core.ts'

/** What is written to (or connected with) a subresource, or asked by creating a question. */
export interface Asked {
  readonly operation: Operation
  readonly kind: Kind
  /** '' for a question. */
  readonly subresource: string
  /** What the object is, where it is not of the kind itself. */
  readonly objectKind?: Pick<Resource, 'group' | 'version' | 'kind'>
  readonly namespace: string
  readonly name: string
  readonly oldObject?: Readonly<KubeObject>
}

/**
 * Asks webhooks and policies about what is not written as an object of its own: a Scale, a Binding, the options of an exec. Returns it as they want it: what was
 * given, where none changed it. Throws StatusErrors.
 */
export async function admitted<T>(core: Core, asked: Asked, object: T, options: WriteOptions): Promise<T> {
  if (options.isAdmitted === true || core.admission.isIdle(asked.kind)) return object
  const { operation, objectKind, kind } = asked
  const whole = { ...object, apiVersion: apiVersionOf(objectKind ?? kind.resource), kind: (objectKind ?? kind.resource).kind } as unknown as KubeObject
  const request: AdmissionRequest = {
    ...asked, object: whole, oldObject: asked.oldObject, write: options,
    options: operation === 'CONNECT' ? undefined : operationOptions(operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions', options),
  }
  const changed = await core.admission.mutate(request, (next) => next)
  await core.admission.validate({ ...request, object: changed })
  return changed === whole ? object : changed as unknown as T
}
