import type Docker from 'dockerode'
import type { ContainerSpec, Mount, SandboxNetwork } from '../container-runtime.ts'

const LOG_CONFIG = { Type: 'local', Config: { 'max-size': '10m', 'max-file': '3' } } as unknown as Docker.HostConfig['LogConfig']

/** The body of Docker's "create a container" for a spec. Pure. */
export function createBody(spec: ContainerSpec): Docker.ContainerCreateOptions {
  const { resources, security, network } = spec
  const hostConfig: Docker.HostConfig & { PidMode?: string } = {
    RestartPolicy: { Name: spec.restart },
    LogConfig: LOG_CONFIG,
    Mounts: spec.mounts.filter((m) => m.create !== true).map(mountOf),
    Binds: spec.mounts.filter((m) => m.create === true).map(bindOf),
    CpuShares: resources.cpuShares,
    ...(resources.cpuLimitMilli === undefined ? {} : { CpuPeriod: 100_000, CpuQuota: Math.max(1_000, resources.cpuLimitMilli * 100) }),
    ...(resources.memoryLimitBytes === undefined ? {} : { Memory: resources.memoryLimitBytes, MemorySwap: resources.memoryLimitBytes }),
    OomScoreAdj: resources.oomScoreAdj,
    ...(spec.gpus === undefined || spec.gpus.length === 0 ? {} : { DeviceRequests: [{ Driver: '', Count: 0, DeviceIDs: spec.gpus, Capabilities: [['gpu']], Options: {} }] }),
    Privileged: security.privileged,
    ReadonlyRootfs: security.readOnlyRoot,
    CapAdd: security.capAdd,
    CapDrop: security.capDrop,
    SecurityOpt: security.options,
    GroupAdd: security.groups,
    ...(spec.sysctls === undefined ? {} : { Sysctls: spec.sysctls }),
    ...(spec.handler === undefined ? {} : { Runtime: spec.handler }),
    ...(network === undefined ? joined(spec) : standing(network)),
    ...pidMode(spec),
  }
  if (spec.ipcHost === true) hostConfig.IpcMode = 'host'
  return {
    name: spec.name,
    Image: spec.image,
    Labels: spec.labels,
    Env: spec.env,
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint }),
    ...(spec.command === undefined ? {} : { Cmd: spec.command }),
    ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
    ...(security.user === undefined ? {} : { User: security.user }),
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce,
    Tty: spec.tty,
    // An image's own HEALTHCHECK would cost a process every few seconds; probes are the pod's.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: hostConfig,
    ...(network?.type === 'pod' ? podSide(network) : {}),
  }
}

function joined(spec: ContainerSpec): Docker.HostConfig {
  const sandbox = `container:${spec.sandbox ?? ''}`
  return { NetworkMode: sandbox, IpcMode: sandbox }
}

function standing(network: SandboxNetwork): Docker.HostConfig {
  if (network.type === 'host') return { NetworkMode: 'host', IpcMode: 'shareable' }
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {}
  for (const p of network.ports) (bindings[`${String(p.containerPort)}/${p.protocol}`] ??= []).push({ HostIp: p.hostIp, HostPort: String(p.hostPort) })
  return {
    NetworkMode: network.network,
    IpcMode: 'shareable',
    Dns: network.dns.servers,
    DnsSearch: network.dns.searches,
    DnsOptions: network.dns.options,
    PortBindings: bindings,
  }
}

function podSide(network: Extract<SandboxNetwork, { type: 'pod' }>): Partial<Docker.ContainerCreateOptions> {
  return {
    Hostname: network.hostname,
    ...(network.domainname === undefined ? {} : { Domainname: network.domainname }),
    ExposedPorts: Object.fromEntries(network.ports.map((p) => [`${String(p.containerPort)}/${p.protocol}`, {}])),
    NetworkingConfig: { EndpointsConfig: { [network.network]: { IPAMConfig: { IPv4Address: network.address } } } },
  }
}

function pidMode(spec: ContainerSpec): Pick<Docker.HostConfig, 'PidMode'> {
  if (spec.pidOf !== undefined) return { PidMode: `container:${spec.pidOf}` }
  if (spec.pid === 'host') return { PidMode: 'host' }
  return spec.pid === 'sandbox' && spec.sandbox !== undefined ? { PidMode: `container:${spec.sandbox}` } : {}
}

function mountOf(mount: Mount): Docker.MountSettings {
  const base = { Target: mount.target, Source: mount.source, Type: mount.type, ReadOnly: mount.readOnly }
  switch (mount.type) {
    case 'bind': return { ...base, BindOptions: { Propagation: mount.propagation ?? 'rprivate' } }
    case 'tmpfs': return { ...base, Source: '', TmpfsOptions: { SizeBytes: mount.sizeBytes ?? 0, Mode: 0o1777 } }
    case 'volume': return {
      ...base,
      VolumeOptions: {
        NoCopy: mount.copy !== true,
        Labels: mount.labels ?? {},
        DriverConfig: { Name: 'local', Options: mount.driverOptions ?? {} },
      },
    }
  }
}

/** Unlike a mount, a bind makes a missing directory. */
function bindOf(mount: Mount): string {
  return `${mount.source}:${mount.target}:${[mount.readOnly ? 'ro' : 'rw', mount.propagation ?? 'rprivate'].join(',')}`
}
