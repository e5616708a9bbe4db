import type { Clock } from '../../../common/clock.ts'
import type { Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ContainerStreams } from '../container-runtime.ts'
import { SANDBOX_PROGRAM, TERMINATION_DIR, VOLUMES_DIR } from '../sandbox-image/sandbox-image.ts'
import { tarball } from '../tarball.ts'
import type { TarEntry } from '../tarball.ts'
import { NO_CLAIMS } from './claimed-volumes.ts'
import type { ClaimedVolumes } from './claimed-volumes.ts'
import { hasHostsFile, HOSTS_FILE, hostsFile } from './hosts-file.ts'
import { RESOLV_CONF } from './pod-dns.ts'
import { placeholder, PodTokens, tokensIn } from './pod-tokens.ts'
import type { TokenSource } from './pod-tokens.ts'
import type { PodPlace, Sources } from './sources.ts'
import { fileEntries, filesOf, renewalOfVersion, rootEntry, versionOf, withRenewal } from './volume-files.ts'
import type { VolumeFiles } from './volume-files.ts'
import { isFileVolume, placeOf } from './volume-places.ts'

const NEXT_LINK = '..data_next'
/** The group may do everything, and what is made belongs to it too. */
const GROUP_MODE = 0o2770

/** After a token that could not be replaced. */
const RETRY_MS = 30_000

/** What is in a volume. */
interface Written {
  version: string
  files: VolumeFiles
  /** When a token in it is to be replaced, milliseconds since the epoch; Infinity: never. */
  renewAt: number
}

/** What a file writer works with. */
export interface FileWriterOptions {
  streams: ContainerStreams
  clock: Clock
  token: TokenSource
}

/** Writes a pod's file volumes through its sandbox, all at once when they are new, and by an atomic rename when they change. */
export class FileWriter {
  readonly #streams: ContainerStreams
  readonly #clock: Clock
  readonly #tokens: PodTokens
  /** What is known to be written, by volume. */
  readonly #written = new Map<string, Written>()
  #retryAt = 0

  constructor({ streams, clock, token }: FileWriterOptions) {
    this.#streams = streams
    this.#clock = clock
    this.#tokens = new PodTokens(token, clock)
  }

  /** When `update` is due although nothing has changed: a token wears out. Milliseconds since the epoch; Infinity: never. */
  get renewAt(): number {
    return Math.max(this.#retryAt, Math.min(Infinity, ...[...this.#written.values()].map(({ renewAt }) => renewAt)))
  }

  /** For a sandbox that was made anew, whose volumes may be in use: as `update`, and the pod's /etc/hosts, for its address may be another one. */
  async writeAgain(pod: Frozen<Pod>, sandboxId: string, place: PodPlace, sources: Sources): Promise<void> {
    const hosts = hostsEntries(pod, place)
    if (hosts.length > 0) await this.#streams.unpack(sandboxId, await tarball(hosts))
    await this.update(pod, sandboxId, place, sources)
  }

  /** Everything, into volumes that no container has used yet: one archive. Throws MissingSourceError. */
  async writeNew(pod: Frozen<Pod>, sandboxId: string, place: PodPlace, sources: Sources, claimed: ClaimedVolumes = NO_CLAIMS): Promise<void> {
    const gid = pod.spec.securityContext?.fsGroup
    const places = (pod.spec.volumes ?? []).map((volume) => ({ volume, at: placeOf(pod, volume, claimed) }))
    const own = places.flatMap(({ volume, at }) => (at.kind === 'pod' && at.ours ? [volume] : []))
    const kept = gid === undefined ? [] : places.flatMap(({ volume, at }) => (at.kind === 'kept' && !at.readOnly ? [volume.name] : []))
    const written = await Promise.all(own.filter(isFileVolume).map(async (v) => ({ name: v.name, ...(await this.#composed(pod, v, place, sources)) })))
    const roots = own.map((v) => rootEntry(v.name, gid))
    const entries = written.flatMap((v) => fileEntries(v.name, v.version, v.files, '..data', gid))
    const handed = await Promise.all(kept.map((name) => this.#handed(sandboxId, name, gid ?? 0)))
    await this.#streams.unpack(sandboxId, await tarball([...hostsEntries(pod, place), ...roots, ...handed.flat(), ...entries], this.#now()))
    for (const { name, ...v } of written) this.#written.set(name, v)
  }

  /** A resolv.conf of the pod's own, where its containers mount it from. */
  async writeResolvConf(sandboxId: string, text: string): Promise<void> {
    await this.#streams.unpack(sandboxId, await tarball([ownFile(RESOLV_CONF, text)]))
  }

  /** Brings volumes that may be in use up to date; what has not changed is not touched. Throws MissingSourceError. */
  async update(pod: Frozen<Pod>, sandboxId: string, place: PodPlace, sources: Sources): Promise<void> {
    this.#retryAt = this.#clock.now() + RETRY_MS
    for (const volume of (pod.spec.volumes ?? []).filter(isFileVolume)) await this.#updateOne(pod, sandboxId, volume, place, sources)
    this.#retryAt = 0
  }

  async #updateOne(pod: Frozen<Pod>, sandboxId: string, volume: Volume, place: PodPlace, sources: Sources): Promise<void> {
    const { name } = volume
    const root = `${VOLUMES_DIR}/${name}`
    const known = this.#written.get(name)
    const standing = known?.version ?? await this.#streams.readLink(sandboxId, `${root}/..data`)
    const plain = filesOf(pod, volume, place, sources, placeholder)
    const renewAt = standing === undefined ? undefined : renewalOfVersion(standing, versionOf(plain))
    // What an engine before this one wrote has the same names, if its version is the same but for the tokens.
    const before = known ?? (standing === undefined || renewAt === undefined ? undefined : { version: standing, files: plain, renewAt })
    if (before !== undefined && renewAt !== undefined && renewAt > this.#clock.now()) {
      this.#written.set(name, before)
      return
    }
    const next = await this.#composed(pod, volume, place, sources)
    const gid = pod.spec.securityContext?.fsGroup
    if (standing === undefined) await this.#streams.unpack(sandboxId, await tarball([rootEntry(name, gid), ...fileEntries(name, next.version, next.files, '..data', gid)], this.#now()))
    else if (standing !== next.version) {
      await this.#streams.unpack(sandboxId, await tarball(fileEntries(name, next.version, next.files, NEXT_LINK, gid), this.#now()))
      await this.#tool(sandboxId, ['mv', `${root}/${NEXT_LINK}`, `${root}/..data`])
      if (before !== undefined) await this.#tool(sandboxId, ['rm', ...leftovers(root, before, next.files)])
    }
    this.#written.set(name, next)
  }

  /** Files are as old as what was written: a web server that serves them tells one version from the next by that. */
  #now(): Date {
    return new Date(this.#clock.now())
  }

  /** What is to be in a volume now. */
  async #composed(pod: Frozen<Pod>, volume: Volume, place: PodPlace, sources: Sources): Promise<Written> {
    const version = versionOf(filesOf(pod, volume, place, sources, placeholder))
    if (tokensIn(volume).length === 0) return { version, files: filesOf(pod, volume, place, sources, placeholder), renewAt: Infinity }
    const { tokens, renewAt } = await this.#tokens.of(pod, volume)
    return { version: withRenewal(version, renewAt), files: filesOf(pod, volume, place, sources, tokens), renewAt }
  }

  /** A kept volume's root goes to the pod's group, and with it what is made in it from then on; what is there already stays as it is. */
  async #handed(sandboxId: string, volume: string, gid: number): Promise<TarEntry[]> {
    const stat = await this.#streams.stat(sandboxId, `${VOLUMES_DIR}/${volume}`)
    if (stat === undefined || (stat.gid === gid && (stat.mode & GROUP_MODE) === GROUP_MODE)) return []
    return [{ path: `${VOLUMES_DIR.slice(1)}/${volume}`, mode: stat.mode | GROUP_MODE, directory: true, uid: stat.uid, gid }]
  }

  async #tool(sandboxId: string, args: string[]): Promise<void> {
    const session = await this.#streams.exec(sandboxId, { command: [SANDBOX_PROGRAM, ...args], stdin: false, tty: false })
    for await (const _ of session.stdout) { /* it says nothing */ }
    const code = await session.exit
    if (code !== 0) throw new Error(`files of the pod's volumes could not be swapped: error ${String(code)} from ${args.join(' ')}`)
  }
}

function hostsEntries(pod: Frozen<Pod>, { podIP }: PodPlace): TarEntry[] {
  return hasHostsFile(pod) ? [ownFile(String(HOSTS_FILE), hostsFile(pod, podIP))] : []
}

/** A file in the pod's own volume, where its containers mount it from. */
function ownFile(name: string, text: string): TarEntry {
  return { path: `${TERMINATION_DIR.slice(1)}/${name}`, mode: 0o644, content: Buffer.from(text) }
}

/** Names that are no more, then the files of the old version, deepest first. */
function leftovers(root: string, before: { version: string; files: VolumeFiles }, now: VolumeFiles): string[] {
  const top = (files: VolumeFiles): Set<string> => new Set([...files.keys()].map((path) => path.split('/')[0] ?? path))
  const kept = top(now)
  const directories = new Set([...before.files.keys()].flatMap((path) => path.split('/').slice(0, -1).map((_, n, parts) => parts.slice(0, n + 1).join('/'))))
  return [
    ...[...top(before.files)].filter((name) => !kept.has(name)).map((name) => `${root}/${name}`),
    ...[...before.files.keys()].map((path) => `${root}/${before.version}/${path}`),
    ...[...directories].sort((a, b) => b.length - a.length).map((d) => `${root}/${before.version}/${d}`),
    `${root}/${before.version}`,
  ]
}
