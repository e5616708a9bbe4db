import type { AddServerRequest } from '../../common/contract/index.ts'
import type { Clock } from '../../common/clock.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { Servers } from '../../common/kube/server.ts'
import type { ServerSpec } from '../../common/kube/server.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Informers } from '../../engine/client/informer.ts'
import { deleteIfThere } from '../../engine/client/retry.ts'
import { serverFacts } from '../../hosts/ssh/server-facts.ts'
import type { SshHost } from '../../hosts/ssh/ssh-host.ts'
import { describeTarget } from '../../hosts/ssh/target.ts'
import type { Conversation } from './conversation.ts'
import { askingPrompts } from './conversation.ts'
import type { DrivingService } from '../driving/driving-service.ts'
import { joinCluster, otherCluster } from './join-cluster.ts'
import type { Desk } from './desk.ts'
import { CannotAdd, checkFacts, nameFor } from './server-checks.ts'

export interface AddServerParts {
  desk: Desk
  client: Client
  informers: Informers
  clock: Clock
  driving: Pick<DrivingService, 'join' | 'joinProblem' | 'readOnly'>
}

/** From the Server object to a Ready node: the helper's image may have to be built there. */
const JOIN_MS = 300_000

/**
 * Logs in, looks, and makes a node of a server; rejects with CannotAdd or an SshError, and leaves nothing behind then. Resolves with its name; with
 * undefined when it was another cluster's and this desk has joined that instead.
 */
export async function addServer({ desk, client, informers, clock, driving }: AddServerParts, request: AddServerRequest, talk: Conversation): Promise<string | undefined> {
  const spec = specOf(request)
  if (driving.readOnly !== undefined) throw new CannotAdd('OtherCluster', driving.readOnly)
  const target = desk.target(spec, request.login)
  await talk.say({ type: 'step', step: 'connect', message: `Connecting to ${describeTarget(target)}` })
  const secrets: { of: string; value: string; remember: boolean }[] = []
  const host = desk.connect(target, askingPrompts(talk, () => undefined, (of, value, remember) => secrets.push({ of, value, remember })))
  let name: string
  try {
    await host.connected(talk.signal)
    await talk.say({ type: 'step', step: 'login', message: `Logged in to ${describeTarget(target)}` })
    const nodes = informers.for(Nodes).lister.list()
    await lookAtDocker(host, nodes, talk)
    const other = await otherCluster(host, informers)
    if (other !== undefined) {
      await joinCluster(driving, host, other, talk, (name) => {
        for (const { of, value, remember } of secrets) desk.book.setSecret(name, of, value, remember)
        desk.book.setLogin(name, request.login)
      })
      return undefined
    }
    const facts = await serverFacts(host, talk.signal)
    await talk.say({ type: 'step', step: 'network', message: `Its address is ${facts.address}` })
    checkFacts(facts, nodes, clock.now())
    name = nameFor(request.name, facts.hostname, new Set([...nodes, ...informers.for(Servers).lister.list()].map((o) => o.metadata.name)))
  } finally {
    await host.close()
  }
  try {
    for (const { of, value, remember } of secrets) desk.book.setSecret(name, of, value, remember)
    desk.book.setLogin(name, request.login)
    await client.create(Servers, { apiVersion: 'toque.dev/v1', kind: 'Server', metadata: { name }, spec })
    await talk.say({ type: 'step', step: 'node', message: 'Setting up its network and Services' })
    await becomesReady(informers, name, clock, talk.signal)
  } catch (error) {
    await deleteIfThere(client, Servers, { metadata: { name } })
    desk.book.forget(name)
    throw error
  }
  return name
}

function specOf({ host, port, user, zone }: AddServerRequest): ServerSpec {
  if (host.trim() === '') throw new CannotAdd('config', 'Write the name or the address of the server.', 'host')
  return { host: host.trim(), ...(port === undefined ? {} : { port }), ...(user === undefined || user === '' ? {} : { user }), ...(zone === undefined || zone === '' ? {} : { zone }) }
}

async function lookAtDocker(host: SshHost, nodes: readonly Frozen<Node>[], talk: Conversation): Promise<void> {
  const { ServerVersion, ID, OSType } = await host.docker.info() as { ServerVersion: string; ID: string; OSType: string }
  if (OSType !== 'linux') throw new CannotAdd('docker', `Docker there runs ${OSType} containers; Toque runs Linux containers only.`, 'host')
  const twin = nodes.find((node) => node.status?.nodeInfo?.machineID === ID)
  if (twin !== undefined) throw new CannotAdd('AlreadyAdded', `This is the server ${twin.metadata.name}, which is in the cluster already.`, 'host')
  await talk.say({ type: 'step', step: 'docker', message: `Docker ${ServerVersion} answers` })
}

function becomesReady(informers: Informers, name: string, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (node: Frozen<Node>): void => {
      if (node.metadata.name === name && isConditionTrue(node.status?.conditions, 'Ready') && node.status?.conditions?.some((c) => c.type === 'NetworkUnavailable' && c.status === 'False') === true) done(resolve)
    }
    const cancelled = (): void => done(() => reject(signal.reason as Error))
    const late = clock.setTimeout(() => done(() => reject(new CannotAdd('timeout', 'The server did not become ready in five minutes. The list of nodes may say why.', 'host'))), JOIN_MS)
    const end = informers.for(Nodes).addHandler({ onAdd: look, onUpdate: look })
    function done(act: () => void): void {
      end()
      late.cancel()
      signal.removeEventListener('abort', cancelled)
      act()
    }
    if (signal.aborted) return cancelled()
    signal.addEventListener('abort', cancelled)
  })
}
