import type { Host } from '../../../hosts/host.ts'

/** What of Docker's `info` says that it can hand out GPUs. */
interface Info {
  Runtimes?: Record<string, unknown> | null
  /** Docker 28.3 and newer: what its CDI specifications name. */
  DiscoveredDevices?: { Source?: string; ID?: string }[] | null
}

/** NVIDIA's runtime is set up, or a CDI specification of its devices is there. Pure. */
export function handsOutGpus({ Runtimes, DiscoveredDevices }: Info): boolean {
  return Object.hasOwn(Runtimes ?? {}, 'nvidia') || (DiscoveredDevices ?? []).some(({ ID }) => ID?.startsWith('nvidia.com/gpu=') === true)
}

/** Asks a server's Docker. */
export async function gpusUsable(host: Host): Promise<boolean> {
  return handsOutGpus(await host.docker.info() as Info)
}
