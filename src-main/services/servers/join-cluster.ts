import { DockerLabel } from '../../common/docker-labels.ts'
import { Namespaces } from '../../common/kube/kinds.ts'
import { internalAddress } from '../../common/kube/node-conditions.ts'
import { KUBE_SYSTEM } from '../../common/kube/well-known.ts'
import type { Informers } from '../../engine/client/informer.ts'
import { readCopy } from '../../engine/copies/read-copy.ts'
import type { StateCopy } from '../../engine/copies/read-copy.ts'
import { RecoveryKeyError } from '../../engine/copies/recovery-key.ts'
import { lookAt } from '../../engine/lease/look.ts'
import type { Found } from '../../engine/lease/term.ts'
import { serverFacts } from '../../hosts/ssh/server-facts.ts'
import type { SshHost } from '../../hosts/ssh/ssh-host.ts'
import type { DrivingService } from '../driving/driving-service.ts'
import type { Conversation } from './conversation.ts'
import { CannotAdd } from './server-checks.ts'

/** A cluster that is not this desk's, on a server. */
export interface OtherCluster {
  readonly clusterId: string
  readonly found: Found
}

/** The cluster of another desk that the server belongs to, if it does. */
export async function otherCluster(host: SshHost, informers: Informers): Promise<OtherCluster | undefined> {
  const own = informers.for(Namespaces).lister.get('', KUBE_SYSTEM)?.metadata.uid
  const helpers = await host.docker.listContainers({ all: true, filters: { label: [`${DockerLabel.role}=helper`] } })
  for (const { Labels } of helpers) {
    const clusterId = Labels[DockerLabel.cluster]
    if (clusterId === undefined || clusterId === own) continue
    const found = await lookAt(host.docker, clusterId)
    if (found !== undefined) return { clusterId, found }
  }
  return undefined
}

/**
 * Asks for the cluster's recovery key, and makes this desk one that looks on at it. `keepLogin` gets the name that the server has there.
 * Rejects with CannotAdd, everything as it was, when the person would rather not.
 */
export async function joinCluster(
  driving: Pick<DrivingService, 'join' | 'joinProblem'>, host: SshHost, { clusterId, found }: OtherCluster, talk: Conversation, keepLogin: (server: string) => void,
): Promise<void> {
  const driver = found.term?.name ?? ''
  const belongs = `This server belongs to the cluster that ${driver === '' ? 'another desk' : driver} drives.`
  const problem = await driving.joinProblem()
  if (problem !== undefined) throw new CannotAdd('OtherCluster', `${belongs} ${problem}`, 'host')
  if (found.copy === undefined) throw new CannotAdd('OtherCluster', `${belongs} It holds no copy of that cluster's state: give the address of another of its servers.`, 'host')
  const copy = await openCopy(host, clusterId, driver, found, talk, belongs)
  const name = await nameThere(copy, host)
  // Before: it is needed at once.
  if (name !== undefined) keepLogin(name)
  await driving.join(copy)
  await talk.say({ type: 'joined', driver })
}

async function openCopy(host: SshHost, clusterId: string, driver: string, found: Found, talk: Conversation, belongs: string): Promise<StateCopy> {
  for (let wrong: string | undefined; ;) {
    await talk.say({
      type: 'other-cluster', driver, ...(found.seenAgoMs === undefined ? {} : { driverSeenAgoMs: found.seenAgoMs }), ...(wrong === undefined ? {} : { wrong }),
    })
    const { recoveryKey } = await talk.hear('join')
    if (recoveryKey === undefined) throw new CannotAdd('OtherCluster', `${belongs} It was left alone.`, 'host')
    try {
      const copy = await readCopy(host.docker, clusterId, recoveryKey)
      if (copy !== undefined) return copy
      wrong = 'The copy is not there any more.'
    } catch (error) {
      if (!(error instanceof RecoveryKeyError)) throw error
      wrong = error.message
    }
  }
}

/** The server's name in the copy's cluster: by its address. */
async function nameThere({ entries }: StateCopy, host: SshHost): Promise<string | undefined> {
  const { address } = await serverFacts(host)
  for (const [key, value] of entries) {
    if (!key.startsWith(NODES)) continue
    if (internalAddress(value as never) === address) return key.slice(NODES.length)
  }
  return undefined
}

/** The store's keys of Nodes. */
const NODES = '//nodes//'
