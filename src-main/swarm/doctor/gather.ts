import type Docker from 'dockerode'
import type { Clock } from '../../common/clock.ts'
import type { ObjectRef } from '../../common/contract/index.ts'
import { messageOf } from '../../common/errors.ts'
import { orAborted } from '../../common/or-aborted.ts'
import { dockerMessage, dockerStatus } from '../../hosts/docker-error.ts'
import { SwarmApi } from '../docker/swarm-api.ts'
import type { DockerInfo, SwarmNode, SwarmService } from '../docker/types.ts'
import { hidden } from '../setup/hidden.ts'
import type { SwarmReader } from '../setup/swarm-reader.ts'
import { platformOf, stateOf } from '../setup/state-of.ts'
import type { DeskServer } from '../setup/swarm-server.ts'
import { imageOf, isRefusal } from './checks/images.ts'
import type { ImageFacts, OverlayFacts, ServerFacts, SwarmFacts } from './facts.ts'
import type { HelperImages } from './helper-images.ts'
import { ProbeContainer } from './probe-container.ts'
import { probeLinks } from './probe-links.ts'
import type { Probed } from './probe-links.ts'
import { LOOK, readLook } from './probe-scripts.ts'
import { nodeRef, serverRef } from './refs.ts'

/** Of everything; each question has less. */
const TOTAL_MS = 27_000
const QUESTION_MS = 6_000
const IMAGE_MS = 8_000
const DEFAULT_MTU = 1500

export interface GatherOptions {
  servers: readonly DeskServer[]
  reader: SwarmReader
  helpers: HelperImages
  clock: Clock
  /** 0 up to 1. */
  random(): number
}

/** Asks everybody everything at the same time. Never rejects: what was not learned in time is in `missing`. */
export async function gatherFacts({ servers, reader, helpers, clock, random }: GatherOptions): Promise<SwarmFacts> {
  const signal = AbortSignal.timeout(TOTAL_MS)
  const missing: SwarmFacts['missing'] = []
  const reading = await reader.read()
  const state = stateOf(reading)
  const nodes = reading.manager?.nodes ?? []
  const tasks = reading.manager?.tasks ?? []
  const manager = servers.find(({ name }) => name === reading.manager?.server)
  const members = servers.filter(({ name }) => state.servers.some((s) => s.name === name && s.state === 'member'))
  const idOf = (name: string): string => state.servers.find((s) => s.name === name)?.node ?? ''
  const miss = (what: string, where: ObjectRef, why: unknown): void => void missing.push({ what, where, why: hidden(messageOf(why)) })
  for (const { name, state: how, why } of state.servers) if (how === 'unreachable') miss('everything', serverRef(name), why?.message ?? 'It does not answer.')
  for (const { id, server } of state.nodes) if (server === undefined) miss('its kernel, clock, networks and ports', nodeRef(id, nodes), 'This desk knows no way to this server.')

  /** What comes of a question, or undefined and a note. */
  async function bounded<T>(what: string, where: ObjectRef, ms: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const late = AbortSignal.any([signal, AbortSignal.timeout(ms)])
    try {
      return await orAborted(ask(late), late)
    } catch (error) {
      miss(what, where, late.aborted ? `It did not answer within ${String(ms / 1000)} s.` : error)
      return undefined
    }
  }

  const [listed, probes] = await Promise.all([
    manager === undefined ? undefined : bounded('services and networks', nodeRef(idOf(manager.name), nodes), QUESTION_MS, () => lists(manager.host.docker)),
    Promise.all(members.map(async (server) => {
      const where = nodeRef(idOf(server.name), nodes)
      const brought = await bounded('its kernel and UDP ports', where, IMAGE_MS, async () => {
        await helpers.ensure(server.name, server.host.docker)
        return true
      })
      return brought === undefined ? undefined : bounded('its kernel and UDP ports', where, QUESTION_MS, (late) => ProbeContainer.start(server.host.docker, helpers.image, late))
    })),
  ])
  const { services = [], networks = [] } = listed ?? {}
  try {
    const probed: Probed[] = members.map((server, i) => {
      const own = state.servers.find(({ name }) => name === server.name)
      return { name: server.name, address: own?.address ?? '', manager: own?.manager ?? false, server, probe: probes[i] }
    })
    const [facts, links, images] = await Promise.all([
      Promise.all(probed.map((one) => lookAt(one, idOf(one.name), nodes, clock, bounded))),
      probed.length < 2 ? { links: [], unknown: [] } : bounded('ports between the servers', serverRef(manager?.name ?? ''), TOTAL_MS, (late) => probeLinks(probed, state.cluster?.dataPathPort ?? 0, networks.map(({ mtu }) => mtu), clock, random, late)),
      manager === undefined ? [] : Promise.all([...new Set(services.map(imageOf))].filter((image) => image !== '').map((image) => aboutImage(image, manager, members, bounded, miss))),
    ])
    for (const { from, to, why } of links?.unknown ?? []) miss(`the way from ${from} to ${to}`, nodeRef(idOf(to), nodes), why)
    const offset = facts.find(({ name }) => name === manager?.name)?.clock?.offset ?? 0
    return { now: clock.now() + offset, state, servers: facts, nodes, services, tasks, networks, links: links?.links ?? [], images, missing }
  } finally {
    await Promise.all(probes.flatMap((probe) => probe?.remove() ?? []))
  }
}

type Bounded = <T>(what: string, where: ObjectRef, ms: number, ask: (signal: AbortSignal) => Promise<T>) => Promise<T | undefined>

async function lists(docker: Docker): Promise<{ services: SwarmService[]; networks: OverlayFacts[] }> {
  const api = new SwarmApi(docker)
  const [services, networks] = await Promise.all([api.services(), api.networks()])
  return {
    services,
    networks: networks.filter(({ Driver }) => Driver === 'overlay').map(({ Id, Name, IPAM, Options, Ingress }) => ({
      id: Id, name: Name, ingress: Ingress ?? false, subnets: (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []), mtu: Number(Options?.['com.docker.network.driver.mtu'] ?? DEFAULT_MTU),
    })),
  }
}

async function lookAt({ name, server, probe }: Probed, node: string, nodes: readonly SwarmNode[], clock: Clock, bounded: Bounded): Promise<ServerFacts> {
  const where = nodeRef(node, nodes)
  const [told, look, log, place] = await Promise.all([
    bounded('its clock', where, QUESTION_MS, async () => {
      const before = clock.now()
      const info = await server.host.docker.info() as DockerInfo
      const after = clock.now()
      return { dockerVersion: info.ServerVersion, at: Date.parse(info.SystemTime ?? ''), middle: (before + after) / 2, uncertain: (after - before) / 2 }
    }),
    probe === undefined ? undefined : bounded('its kernel and networks', where, QUESTION_MS, async (late) => readLook(await probe.run(LOOK, [], late))),
    probe === undefined ? undefined : bounded('how it keeps logs', where, QUESTION_MS, () => probe.logConfig()),
    // Where nothing could be looked at on the server itself, what the desk knows of it.
    probe === undefined ? bounded('its networks', where, QUESTION_MS, () => server.place()) : undefined,
  ])
  const networks = look?.networks ?? place?.networks
  return {
    name, node, dockerVersion: told?.dockerVersion ?? '',
    ...(told === undefined || Number.isNaN(told.at) ? {} : { clock: { offset: told.at - told.middle, uncertain: told.uncertain } }),
    ...(look?.ipvs === undefined ? {} : { ipvs: look.ipvs }), ...(networks === undefined ? {} : { networks }), ...(log === undefined ? {} : { log }),
  }
}

/** What the registry says of an image, asked by the manager, and where it is already. */
async function aboutImage(image: string, manager: DeskServer, members: readonly DeskServer[], bounded: Bounded, miss: (what: string, where: ObjectRef, why: unknown) => void): Promise<ImageFacts> {
  const [registry, present] = await Promise.all([
    bounded(`the platforms of ${image}`, serverRef(manager.name), IMAGE_MS, () => new SwarmApi(manager.host.docker).distribution(image).then(
      ({ Platforms }) => ({ platforms: (Platforms ?? []).flatMap(({ os, architecture }) => (os && architecture && os !== 'unknown' ? [`${os}/${architecture}`] : [])) }),
      (error: unknown) => ({ refusal: hidden(dockerMessage(error)) }))),
    Promise.all(members.map(async ({ name, host }) => {
      const found = await bounded(`whether it has ${image}`, serverRef(name), QUESTION_MS, () => host.docker.getImage(image).inspect().catch((error: unknown) => {
        if (dockerStatus(error) === 404) return null
        throw error
      }))
      return found === undefined || found === null ? [] : [[name, platformOf(found.Os, found.Architecture)] as const]
    })),
  ])
  if (registry !== undefined && 'refusal' in registry && !isRefusal(registry.refusal)) miss(`the platforms of ${image}`, serverRef(manager.name), registry.refusal)
  return { image, ...registry, present: Object.fromEntries(present.flat()) }
}
