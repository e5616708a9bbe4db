import type { ConfigMap, Secret, Service } from '../../../common/kube/generated/core-v1.ts'
import type { RuntimeClass } from '../../../common/kube/generated/node-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** What a pod's env and files are made from, read when they are made. */
export interface Sources {
  configMap(namespace: string, name: string): Frozen<ConfigMap> | undefined
  secret(namespace: string, name: string): Frozen<Secret> | undefined
  services(namespace: string): Frozen<Service>[]
  runtimeClass(name: string): Frozen<RuntimeClass> | undefined
}

/** Something that the pod refers to is not there (yet). The message is for people: `configmap "app" not found`. */
export class MissingSourceError extends Error {
  override readonly name = 'MissingSourceError'
}

/** Facts about the pod's place that env and files can ask for. */
export interface PodPlace {
  podIP: string
  hostIP: string
  nodeName: string
  /** Millicores and bytes of the node, for limits that are not set. */
  allocatable: { cpuMilli: number; memoryBytes: number }
}

/** A config map's values: text, and base64-decoded binary. */
export function configMapData(map: Frozen<ConfigMap>): Map<string, Uint8Array> {
  return new Map([
    ...Object.entries(map.data ?? {}).map(([key, text]): [string, Uint8Array] => [key, Buffer.from(text)]),
    ...Object.entries(map.binaryData ?? {}).map(([key, base64]): [string, Uint8Array] => [key, Buffer.from(base64, 'base64')]),
  ])
}

/** A secret's values, decoded. */
export function secretData(secret: Frozen<Secret>): Map<string, Uint8Array> {
  return new Map(Object.entries(secret.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]))
}

/** Names of the config maps and secrets that a pod's containers and volumes refer to. */
export function referencesOf(spec: PodSpecLike): { configMaps: Set<string>; secrets: Set<string> } {
  const configMaps = new Set<string>()
  const secrets = new Set<string>()
  const visit = (value: unknown, key: string): void => {
    if (typeof value !== 'object' || value === null) return
    const { name, secretName } = value as { name?: unknown; secretName?: unknown }
    if (/^configMap(Ref|KeyRef)?$/.test(key) && typeof name === 'string') configMaps.add(name)
    if (/^secret(Ref|KeyRef)?$/.test(key)) for (const n of [name, secretName]) if (typeof n === 'string') secrets.add(n)
    for (const [k, v] of Object.entries(value)) visit(v, Array.isArray(value) ? key : k)
  }
  visit(spec.containers, 'containers')
  visit(spec.initContainers, 'initContainers')
  visit(spec.volumes, 'volumes')
  for (const { name } of spec.imagePullSecrets ?? []) if (name !== undefined) secrets.add(name)
  return { configMaps, secrets }
}

interface PodSpecLike { containers: unknown; initContainers?: unknown; volumes?: unknown; imagePullSecrets?: readonly { name?: string }[] }
