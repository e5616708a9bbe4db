import { invalid } from '../../../common/errors.ts'
import type { EphemeralContainer, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Kind } from '../registry/kind.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import { dnsLabel } from '../validation/names.ts'
import { admitted } from './admitted.ts'
import type { Core, WriteOptions } from './core.ts'
import { same } from './same.ts'
import { type Produce, change } from './update.ts'

const NOT_FOR_THEM = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resources'] as const

/** Puts containers into a living pod. Those that are there stay as they are: what was put in cannot be taken out or changed. */
export function changeEphemeralContainers(core: Core, kind: Kind, namespace: string, name: string, produce: Produce, options: WriteOptions): Promise<KubeObject> {
  return change(core, kind, namespace, name, 'whole', 'debug', async (current) => {
    const wanted = await admitted(core, { operation: 'UPDATE', kind, subresource: 'ephemeralcontainers', namespace, name, oldObject: current }, produce(current) as Pod, options)
    const pod = structuredClone(current) as Pod
    pod.spec.ephemeralContainers = structuredClone(wanted.spec?.ephemeralContainers ?? [])
    // A version that the client read must be the stored one; whole writes check nothing else.
    if (wanted.metadata?.resourceVersion) pod.metadata.resourceVersion = wanted.metadata.resourceVersion
    kind.defaults?.(pod)
    const errors = new FieldErrors()
    validate(pod, current as Pod, errors)
    if (errors.causes.length > 0) throw invalid('', kind.resource.kind, name, errors.causes)
    return pod
  }, { ...options, subresource: 'ephemeralcontainers' })
}

function validate(pod: Pod, old: Readonly<Pod>, errors: FieldErrors): void {
  const path = 'spec.ephemeralContainers'
  const containers = pod.spec.ephemeralContainers ?? []
  const others = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => c.name)
  const names = new Set(others)
  containers.forEach((container, i) => {
    const at = `${path}[${String(i)}]`
    validateOne(container, at, errors)
    if (names.has(container.name)) errors.duplicate(`${at}.name`, container.name)
    names.add(container.name)
    if (container.targetContainerName && !others.includes(container.targetContainerName)) errors.notFound(`${at}.targetContainerName`, container.targetContainerName)
    container.volumeMounts?.forEach((mount, j) => {
      if (pod.spec.volumes?.some((v) => v.name === mount.name) !== true) errors.notFound(`${at}.volumeMounts[${String(j)}].name`, mount.name)
      if (mount.subPath) errors.forbidden(`${at}.volumeMounts[${String(j)}].subPath`, 'cannot be set for an Ephemeral Container')
    })
  })
  for (const before of old.spec.ephemeralContainers ?? []) {
    const now = containers.find((c) => c.name === before.name)
    if (now === undefined) errors.forbidden(path, `existing ephemeral containers "${before.name}" may not be removed\n`)
    else if (!same(now, before)) errors.forbidden(path, `existing ephemeral containers "${before.name}" may not be changed\n`)
  }
}

function validateOne(container: EphemeralContainer, path: string, errors: FieldErrors): void {
  if (!container.name) errors.required(`${path}.name`)
  else if (dnsLabel(container.name) !== undefined) errors.invalid(`${path}.name`, container.name, dnsLabel(container.name) ?? '')
  if (!container.image) errors.required(`${path}.image`)
  for (const field of NOT_FOR_THEM) {
    const value = container[field]
    if (value !== undefined && Object.keys(value).length > 0) errors.forbidden(`${path}.${field}`, 'cannot be set for an Ephemeral Container')
  }
}
