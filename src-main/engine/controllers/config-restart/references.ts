import type { ConfigMap, PodSpec, Secret } from '../../../common/kube/generated/core-v1.ts'

/** A ConfigMap or Secret that a pod template uses, or one key of it. */
export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  /** Undefined: all keys. */
  readonly key: string | undefined
  /** Pods start without it. */
  readonly optional: boolean
}

interface Named { name?: string; optional?: boolean; items?: readonly { key: string }[] }

/** What a template takes from ConfigMaps and Secrets: as environment, as volumes, projected. Each once, in order. */
export function referencesOf(spec: Readonly<PodSpec>): ConfigReference[] {
  const found = new Map<string, ConfigReference>()
  const add = (kind: ConfigReference['kind'], from: Named | undefined, key?: string): void => {
    const name = from?.name ?? ''
    if (from === undefined || name === '') return
    const id = JSON.stringify([kind, name, key ?? null])
    const optional = from.optional === true && (found.get(id)?.optional ?? true)
    found.set(id, { kind, name, key, optional })
  }
  for (const { env = [], envFrom = [] } of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { valueFrom } of env) {
      add('ConfigMap', valueFrom?.configMapKeyRef, valueFrom?.configMapKeyRef?.key)
      add('Secret', valueFrom?.secretKeyRef, valueFrom?.secretKeyRef?.key)
    }
    for (const { configMapRef, secretRef } of envFrom) {
      add('ConfigMap', configMapRef)
      add('Secret', secretRef)
    }
  }
  /** Files of it: all, or those that are listed. */
  const addFiles = (kind: ConfigReference['kind'], from: Named | undefined): void => {
    if (from?.items === undefined || from.items.length === 0) return add(kind, from)
    for (const { key } of from.items) add(kind, from, key)
  }
  for (const { configMap, secret, projected } of spec.volumes ?? []) {
    addFiles('ConfigMap', configMap)
    if (secret !== undefined) addFiles('Secret', { ...secret, name: secret.secretName ?? '' })
    for (const source of projected?.sources ?? []) {
      addFiles('ConfigMap', source.configMap)
      addFiles('Secret', source.secret)
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reference]) => reference)
}

/** The keys of a ConfigMap or Secret, with what they hold in base64 or as text. */
export function contentOf(object: Readonly<ConfigMap | Secret>): Record<string, string> {
  const { data = {}, binaryData = {} } = object as ConfigMap
  return { ...Object.fromEntries(Object.entries(binaryData).map(([key, value]) => [key, `binary:${value}`])), ...data }
}
