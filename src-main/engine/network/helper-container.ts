import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { DockerLabel } from '../../common/docker-labels.ts'
import { messageOf } from '../../common/errors.ts'
import { ensureHelperImage, tarOf } from '../../hosts/helper-image.ts'
import type { HelperImage } from '../../hosts/helper-image.ts'
import { HelperError } from './helper-session.ts'

/** What the helper container is made from. */
export interface HelperOptions extends HelperImage {
  /** The cluster's ID: its label, and part of the container's and volume's names. */
  clusterId: string
}

/**
 * Sees to it that the cluster's helper runs on a node, made from this version's script, and returns its container's ID. Idempotent.
 * Rejects with HelperError where the image cannot be had, with Docker's error otherwise.
 */
export async function ensureHelper(docker: Docker, options: HelperOptions): Promise<string> {
  const script = await readFile(join(options.recipe, 'helper.sh'), 'utf8')
  const { DockerRootDir } = await docker.info() as { DockerRootDir: string }
  const volumes = `${DockerRootDir}/volumes`
  const body = containerBody(options, volumes)
  const wanted = createHash('sha256').update(script).update(JSON.stringify(body)).digest('hex').slice(0, 16)
  for (const { Id, Labels, State } of await helperContainers(docker, options.clusterId)) {
    if (Labels[DockerLabel.specHash] === wanted) {
      if (State !== 'running') await docker.getContainer(Id).start().catch(ignoring(304))
      return Id
    }
    // Its rules stay in the kernel, its volume stays: only DNS pauses until the new one is up.
    await docker.getContainer(Id).remove({ force: true }).catch(ignoring(404))
  }
  await ensureImage(docker, options)
  const named = { name: `toque-helper-${options.clusterId.slice(0, 8)}`, Labels: {
    [DockerLabel.cluster]: options.clusterId, [DockerLabel.role]: 'helper', [DockerLabel.specHash]: wanted, [DockerLabel.schema]: '1',
  } }
  const container = await docker.createContainer({ ...body, ...named }).catch((error: unknown) => {
    // A Docker that does not let its own folder be mounted: then nobody counts what volumes take, and all the rest works.
    if (!messageOf(error).includes(volumes)) throw error
    return docker.createContainer({ ...without(body, volumes), ...named })
  })
  await container.putArchive(await tarOf({ helper: script }), { path: '/usr/lib/toque' })
  await container.start()
  return container.id
}

/** Takes away all that the network put on a node: rules, route, the helper and its volume. Idempotent; for when the cluster goes. */
export async function removeHelper(docker: Docker, clusterId: string): Promise<void> {
  for (const { Id, State } of await helperContainers(docker, clusterId)) {
    const container = docker.getContainer(Id)
    if (State === 'running') {
      const exec = await container.exec({ Cmd: ['/bin/sh', '/usr/lib/toque/helper', 'remove'], AttachStdout: true, AttachStderr: true })
      const stream = await exec.start({})
      await new Promise((resolve) => stream.resume().once('end', resolve).once('close', resolve).once('error', resolve))
    }
    await container.remove({ force: true }).catch(ignoring(404))
  }
  await docker.getVolume(volumeName(clusterId)).remove().catch(ignoring(404))
}

/** A cluster's helper on a node, running or not. */
export function helperContainers(docker: Docker, clusterId: string): Promise<Docker.ContainerInfo[]> {
  return docker.listContainers({ all: true, filters: { label: [`${DockerLabel.cluster}=${clusterId}`, `${DockerLabel.role}=helper`] } })
}

function volumeName(clusterId: string): string {
  return `toque-helper-${clusterId.slice(0, 8)}`
}

function containerBody({ clusterId, image }: HelperOptions, volumes: string): Docker.ContainerCreateOptions {
  return {
    Image: image,
    Entrypoint: ['/bin/sh', '/usr/lib/toque/helper', 'main'],
    Env: [`CLUSTER_ID=${clusterId}`],
    HostConfig: {
      NetworkMode: 'host',
      UsernsMode: 'host',
      // Unlike a pod's containers: it must be there again after a reboot, whoever stopped it.
      RestartPolicy: { Name: 'always' },
      CapAdd: ['NET_ADMIN', 'NET_RAW', 'MKNOD'],
      // /dev/net/tun, for WireGuard where the kernel has none. A rule, because the device may not be there.
      DeviceCgroupRules: ['c 10:200 rwm'],
      SecurityOpt: ['apparmor=unconfined'],
      // Network sysctls are written under /proc/sys.
      MaskedPaths: [],
      ReadonlyPaths: [],
      // What it works from lies in memory, so that a full disk does not keep the rules from changing.
      Tmpfs: { '/run/toque': 'size=64m' },
      LogConfig: { Type: 'local', Config: { 'max-size': '1m', 'max-file': '2' } },
      Mounts: [
        { Type: 'volume', Source: volumeName(clusterId), Target: '/var/lib/toque' },
        { Type: 'bind', Source: '/var/run/docker.sock', Target: '/var/run/docker.sock' },
        { Type: 'bind', Source: '/sys/fs/cgroup', Target: '/host/cgroup', ReadOnly: true },
        // To count what volumes take. What is mounted in them (NFS, memory) stays out.
        { Type: 'bind', Source: volumes, Target: '/host/volumes', ReadOnly: true, BindOptions: { NonRecursive: true } as unknown as Docker.MountSettings['BindOptions'] },
      ],
    },
  }
}

function without(body: Docker.ContainerCreateOptions, source: string): Docker.ContainerCreateOptions {
  return { ...body, HostConfig: { ...body.HostConfig, Mounts: (body.HostConfig?.Mounts ?? []).filter((mount) => mount.Source !== source) } }
}

async function ensureImage(docker: Docker, options: HelperOptions): Promise<void> {
  await ensureHelperImage(docker, options).catch((error: unknown) => {
    throw new HelperError(`${messageOf(error)} Until then Services and DNS do not work on it.`)
  })
}

function ignoring(...codes: number[]): (error: Error & { statusCode?: number }) => void {
  return (error) => {
    if (!codes.includes(error.statusCode ?? 0)) throw error
  }
}
