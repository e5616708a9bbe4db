import type { LiveFile, LiveSwarm } from '../live-stack.ts'
import { VERSION_OF } from '../live-stack.ts'
import type { SwarmApi } from '../../docker/swarm-api.ts'
import { same } from '../normal.ts'
import type { FileSpec } from '../../docker/specs.ts'
import type { Stack, StackFile } from '../stack-of.ts'
import { holds, versionName, versionsOf } from './versions.ts'

/** What is to be done about a secret or a config of a stack. */
export interface FileDecision {
  readonly kind: 'secret' | 'config'
  readonly file: StackFile
  /** What services use: its name, or that of the version with this content. */
  readonly spec: FileSpec
  /** `changed`: what is there has other content, and Swarm cannot change it. */
  readonly state: 'new' | 'unchanged' | 'labels' | 'changed'
  /** That one, or with `changed` the one with the plain name. */
  readonly live: LiveFile | undefined
  /** With `changed`: what a new version would be. */
  readonly version?: FileSpec
}

/** Finds out for every secret and config of a stack whether it is there with the same content. Asks the manager, and writes nothing. */
export async function decideFiles(manager: SwarmApi, swarm: LiveSwarm, stack: Stack): Promise<FileDecision[]> {
  const all = [...stack.secrets.map((file) => ({ kind: 'secret' as const, file })), ...stack.configs.map((file) => ({ kind: 'config' as const, file }))]
  return await Promise.all(all.map(({ kind, file }) => decide(manager, kind, file, versionsOf(file.spec.Name, kind === 'secret' ? swarm.secrets : swarm.configs))))
}

async function decide(manager: SwarmApi, kind: 'secret' | 'config', file: StackFile, versions: readonly LiveFile[]): Promise<FileDecision> {
  const { spec, contents } = file
  const [first] = versions
  if (first === undefined) return { kind, file, spec, state: 'new', live: undefined }
  for (const live of versions) {
    if (contents !== undefined && !await holds(manager, kind, live, contents)) continue
    const isFirst = live.spec.Name === spec.Name
    const wanted = isFirst ? spec : { ...spec, Name: live.spec.Name, Labels: { ...spec.Labels, [VERSION_OF]: spec.Name } }
    return { kind, file, spec: wanted, state: same(wanted.Labels, live.spec.Labels ?? {}) ? 'unchanged' : 'labels', live }
  }
  if (contents === undefined) return { kind, file, spec, state: 'unchanged', live: first }
  const version = { ...spec, Name: await versionName(kind, spec.Name, contents), Labels: { ...spec.Labels, [VERSION_OF]: spec.Name } }
  return { kind, file, spec, state: 'changed', live: first, version }
}
