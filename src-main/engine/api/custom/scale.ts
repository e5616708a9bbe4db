import { isMap, setField } from '../../../common/json.ts'
import type { CustomResourceSubresourceScale } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { StatusError } from '../../../common/errors.ts'
import type { ScaleFields } from '../registry/kind.ts'

/** The `scale` subresource of a custom kind, by the paths that its definition names. */
export function scaleFieldsOf({ specReplicasPath, statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale): ScaleFields {
  const [spec, status, selector] = [stepsOf(specReplicasPath), stepsOf(statusReplicasPath), stepsOf(labelSelectorPath ?? '')]
  return {
    path: spec,
    replicas(object) {
      const value = at(object, spec)
      if (value === undefined) throw new StatusError('InternalError', `the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`)
      return wholeNumber(value)
    },
    setReplicas: (object, replicas) => put(object, spec, replicas),
    observed: (object) => wholeNumber(at(object, status)),
    selector(object) {
      const value = selector.length === 0 ? undefined : at(object, selector)
      return typeof value === 'string' ? value : ''
    },
  }
}

/** `.spec.replicas` as its steps. */
export function stepsOf(path: string): string[] {
  return path.split('.').filter((step) => step !== '')
}

/** What a path of plain fields leads to; undefined where it leads nowhere. */
export function at(object: Readonly<KubeObject>, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => (isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined), object)
}

function put(object: KubeObject, steps: readonly string[], value: unknown): void {
  let place = object as unknown as Record<string, unknown>
  steps.slice(0, -1).forEach((step) => {
    if (!isMap(place[step])) setField(place, step, {})
    place = place[step] as Record<string, unknown>
  })
  setField(place, steps.at(-1) ?? '', value)
}

function wholeNumber(value: unknown): number {
  return typeof value === 'number' ? Math.trunc(value) : 0
}
