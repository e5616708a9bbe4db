import type { Container, EnvVar, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { fieldValue, resourceValue } from './downward.ts'
import { expand } from './expand.ts'
import { serviceVariables } from './service-variables.ts'
import { configMapData, MissingSourceError, secretData } from './sources.ts'
import type { PodPlace, Sources } from './sources.ts'

/**
 * A container's environment, in order: service variables, envFrom, env (which may use all that came before it by `$(NAME)`).
 * Throws MissingSourceError when something that is not optional is not there. Pure.
 */
export function environment(pod: Frozen<Pod>, container: Container, place: PodPlace, sources: Sources): Map<string, string> {
  const namespace = pod.metadata.namespace ?? ''
  const result = serviceVariables(sources.services(namespace), sources.services('default'), pod.spec.enableServiceLinks !== false)
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const values = configMapRef !== undefined
      ? valuesOf('configmap', configMapRef, (name) => optionally(sources.configMap(namespace, name), configMapData))
      : valuesOf('secret', secretRef ?? {}, (name) => optionally(sources.secret(namespace, name), secretData))
    for (const [key, value] of values) result.set(prefix + key, text(value))
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable)
    if (value !== undefined) result.set(variable.name, value)
  }
  return result

  function valueOf({ value, valueFrom }: EnvVar): string | undefined {
    if (valueFrom?.fieldRef !== undefined) return fieldValue(pod, place, valueFrom.fieldRef)
    if (valueFrom?.resourceFieldRef !== undefined) return resourceValue(pod, place, container, valueFrom.resourceFieldRef)
    if (valueFrom?.configMapKeyRef !== undefined) {
      return keyOf('configmap', valueFrom.configMapKeyRef, (name) => optionally(sources.configMap(namespace, name), configMapData))
    }
    if (valueFrom?.secretKeyRef !== undefined) {
      return keyOf('secret', valueFrom.secretKeyRef, (name) => optionally(sources.secret(namespace, name), secretData))
    }
    return expand(value ?? '', result)
  }
}

type Values = Map<string, Uint8Array>

function valuesOf(kind: string, ref: { name?: string; optional?: boolean }, read: (name: string) => Values | undefined): Values {
  const values = read(ref.name ?? '')
  if (values === undefined && ref.optional !== true) throw new MissingSourceError(`${kind} "${ref.name ?? ''}" not found`)
  return values ?? new Map()
}

function keyOf(kind: string, ref: { name?: string; key: string; optional?: boolean }, read: (name: string) => Values | undefined): string | undefined {
  const value = valuesOf(kind, ref, read).get(ref.key)
  if (value === undefined && ref.optional !== true) throw new MissingSourceError(`couldn't find key "${ref.key}" in ${kind} "${ref.name ?? ''}"`)
  return value === undefined ? undefined : text(value)
}

function optionally<A, B>(value: A | undefined, read: (value: A) => B): B | undefined {
  return value === undefined ? undefined : read(value)
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
