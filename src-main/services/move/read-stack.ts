import { badRequest, messageOf } from '../../common/errors.ts'
import type { Secret } from '../../common/kube/generated/core-v1.ts'
import { buffer } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import type { Host } from '../../hosts/host.ts'
import { inStack, readSwarm } from '../../swarm/stack/live-stack.ts'
import { SwarmApi } from '../../swarm/docker/swarm-api.ts'
import { scoped } from '../../swarm/stack/names.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'
import { isTaskWanted } from '../../swarm/docker/task-state.ts'
import { hasDigest } from '../../swarm/stack/image-name.ts'
import { readBack } from '../../swarm/stack/read-back/read-back.ts'
import { HELD } from './hold.ts'
import type { MoveParts } from './move-parts.ts'
import { hostOf, sharedServers } from './move-parts.ts'
import type { MoveRecord } from './record.ts'
import type { RunningStack } from './to-kubernetes.ts'

/** A stack as it runs now. Rejects with a sentence where there is none, or it is at rest. */
export async function readStack(parts: MoveParts, stack: string): Promise<RunningStack & { lost: string[] }> {
  const { state } = parts.swarm()
  await state.synced
  await state.looked(['services', 'tasks', 'nodes'])
  const swarm = await readSwarm(new SwarmApi(state.managerHost.docker))
  const services = inStack(swarm.services, stack)
  if (services.length === 0) throw badRequest(`There is no stack "${stack}" in the swarm.`)
  if (services.every(({ spec }) => spec.Labels?.[HELD] !== undefined)) throw badRequest(`The stack ${stack} is at rest: it was moved to the cluster. Move it from there.`)
  const { model, lost } = readBack(swarm, stack)
  const servers = sharedServers(parts)
  const nodeOf = (id: string | undefined): string => servers.find((server) => server.swarm?.id === id)?.node ?? ''
  const byKey = Object.fromEntries(Object.keys(model.services).map((key) => [key, services.find(({ spec }) => spec.Name === scoped(stack, key) || spec.Name === key)] as const))
  const nodes = Object.fromEntries(Object.entries(byKey).map(([key, service]) => [key, state.now.tasks
    .filter(({ ServiceID, DesiredState, Status }) => ServiceID === service?.id && DesiredState === 'running' && Status.State === 'running')
    .sort((a, b) => (a.Slot ?? 0) - (b.Slot ?? 0)).map(({ NodeID }) => nodeOf(NodeID))]))
  const images = Object.fromEntries(Object.entries(byKey).flatMap(([key, service]) => (service !== undefined && hasDigest(service.spec.TaskTemplate.ContainerSpec.Image) ? [[key, service.spec.TaskTemplate.ContainerSpec.Image] as const] : [])))
  return { stack, model, nodes, images, servers, bytes: await volumeBytes(parts, servers.map(({ node }) => node)), lost }
}

/** What volumes take on their servers' disks, by `node/volume`; Docker counts, so it may take a while, and what cannot be counted is left out. */
export async function volumeBytes(parts: MoveParts, nodes: readonly string[]): Promise<Map<string, number>> {
  const counted = await Promise.all(nodes.map(async (node) => {
    const df = hostOf(parts, node)?.docker.df({ type: ['volume'] } as never) as unknown as Promise<{ Volumes?: { Name: string; UsageData?: { Size: number } }[] | null }> | undefined
    const { Volumes } = await (df ?? Promise.resolve({ Volumes: null })).catch(() => ({ Volumes: null }))
    return (Volumes ?? []).flatMap(({ Name, UsageData }) => (UsageData === undefined || UsageData.Size < 0 ? [] : [[`${node}/${Name}`, UsageData.Size] as const]))
  }))
  return new Map(counted.flat())
}

/** Secrets of what the running tasks have as their files: Docker hands a secret's content to nobody else. Rejects with what to do where a task cannot be asked. */
export async function readSecrets(parts: MoveParts, { stack, namespace, cluster }: MoveRecord): Promise<Secret[]> {
  const { state } = parts.swarm()
  return Promise.all((cluster?.secrets ?? []).map(async ({ name, key, service, path }) => {
    const id = state.now.services.find(({ Spec }) => Spec.Name === scoped(stack, service))?.ID
    const cannot = (why: string): Error => badRequest(`What the secret ${key} holds cannot be read from a task of ${service}: ${why} Make the Secret "${name}" with the key "${key}" in the namespace ${namespace} yourself, and move the stack then.`)
    let said = 'none runs on a server that is known here.'
    for (const { host, container } of containersOf(state, id)) {
      try {
        const data = await contentOf(host, container, path)
        return [{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': stack } }, type: 'Opaque', data: { [key]: data.toString('base64') } } as unknown as Secret]
      } catch (error) {
        said = messageOf(error)
      }
    }
    if (await isThere(parts, namespace, name)) return []
    throw cannot(said)
  })).then((lists) => merged(lists.flat()))
}

/** Containers of a service that can be asked, in order. What ran on a lost node is said to run there still, but is not wanted any more. */
function containersOf(state: Pick<SwarmState, 'now' | 'hostOf'>, service: string | undefined): { host: Host; container: string }[] {
  return state.now.tasks.filter(({ ServiceID, Status }) => ServiceID === service && Status.State === 'running').sort((a, b) => Number(isTaskWanted(b)) - Number(isTaskWanted(a))).flatMap(({ NodeID, Status }) => {
    const host = state.hostOf(NodeID ?? '')
    const container = Status.ContainerStatus?.ContainerID ?? ''
    return host === undefined || container === '' ? [] : [{ host, container }]
  })
}

async function isThere({ manifests }: MoveParts, namespace: string, name: string): Promise<boolean> {
  return await manifests.get({ group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }, namespace, name) !== undefined
}

/** Two files of one Secret. */
function merged(secrets: readonly Secret[]): Secret[] {
  const byName = new Map<string, Secret>()
  for (const secret of secrets) {
    const before = byName.get(secret.metadata.name)
    byName.set(secret.metadata.name, before === undefined ? secret : { ...before, data: { ...before.data, ...secret.data } })
  }
  return [...byName.values()]
}

/** A file of a running container. Secrets are in memory, where Docker's archive API does not look: the container's own `cat` reads it. */
async function contentOf({ docker }: Host, container: string, path: string): Promise<Buffer> {
  const exec = await docker.getContainer(container).exec({ Cmd: ['cat', path], AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({})
  const [out, err] = [new PassThrough(), new PassThrough()]
  docker.modem.demuxStream(stream, out, err)
  stream.on('end', () => { out.end(); err.end() })
  stream.on('error', (error: Error) => { out.destroy(error); err.destroy(error) })
  const [content, said] = await Promise.all([buffer(out), buffer(err)])
  const { ExitCode } = await exec.inspect()
  if (ExitCode !== 0) throw new Error(`its image has no cat, or no such file (${said.toString('utf8').trim() || content.toString('utf8').trim() || `code ${String(ExitCode)}`}).`)
  return content
}
