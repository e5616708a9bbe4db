import type { ConfigMapVolumeSource, PodSpec, Volume } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { Framework } from '../framework/conformance.ts'
import { outputOf, podOf, sh } from '../framework/pods.ts'

/** What a volume of files may say of them. */
export type FileOptions = Pick<ConfigMapVolumeSource, 'items' | 'defaultMode' | 'optional'>

/** An object whose keys become files, and the volume that shows them. */
export interface FileSource {
  /** Of a volume's kind, in names of pods and folders. */
  readonly word: string
  readonly resource: 'configmaps' | 'secrets'
  body(name: string, data: Record<string, string>): object
  volume(name: string, options?: FileOptions): Omit<Volume, 'name'>
}

const configMap = (name: string, data: Record<string, string>): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
const secret = (name: string, data: Record<string, string>): object => ({
  apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
})

export const CONFIG_MAP: FileSource = { word: 'configmap', resource: 'configmaps', body: configMap, volume: (name, options) => ({ configMap: { name, ...options } }) }
export const SECRET: FileSource = { word: 'secret', resource: 'secrets', body: secret, volume: (name, options) => ({ secret: { secretName: name, ...options } }) }
export const PROJECTED_CONFIG_MAP: FileSource = {
  word: 'projected-configmap', resource: 'configmaps', body: configMap,
  volume: (name, { defaultMode, ...options } = {}) => ({ projected: { sources: [{ configMap: { name, ...options } }], ...(defaultMode === undefined ? {} : { defaultMode }) } }),
}
export const PROJECTED_SECRET: FileSource = {
  word: 'projected-secret', resource: 'secrets', body: secret,
  volume: (name, { defaultMode, ...options } = {}) => ({ projected: { sources: [{ secret: { name, ...options } }], ...(defaultMode === undefined ? {} : { defaultMode }) } }),
}

/** As upstream's tests have it. */
export const THREE = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' }

/** Makes the object under a name of its own in the test's namespace; its name. */
export async function made(f: Framework, source: FileSource, data: Record<string, string> = THREE): Promise<string> {
  const name = f.unique(source.word)
  await f.client.create(f.core(source.resource), source.body(name, data))
  return name
}

/** A line of what is in a file and one of its mode, as the container sees them. */
export function told(path: string): string {
  return `echo "content of ${path}: $(cat ${path})"; echo "mode of ${path}: $(stat -L -c %A ${path})"`
}

/** What a pod says of a file of volumes that are mounted at `/etc/WORD-volume-N`, to read only. */
export async function readBy(f: Framework, word: string, volumes: readonly Omit<Volume, 'name'>[], file: string, spec: Partial<PodSpec> = {}): Promise<string> {
  const at = (i: number): string => `/etc/${word}-volume-${String(i)}`
  return outputOf(f, podOf(f.unique(`pod-${word}`), {
    ...spec, volumes: volumes.map((volume, i) => ({ name: `v${String(i)}`, ...volume })),
    containers: [{ ...sh(volumes.map((_, i) => told(`${at(i)}/${file}`)).join('; ')), volumeMounts: volumes.map((_, i) => ({ name: `v${String(i)}`, mountPath: at(i), readOnly: true })) }],
  }))
}
