import type { Team } from './team.ts'

/** What must be the same before and after a fault that is nobody's death: the pods, and since when their containers run. */
export interface Running {
  /** UIDs and nodes. */
  pods: string[]
  /** Container IDs and their starts. */
  containers: string[]
  /** Processes that answer names, by server: with another one, questions under way may be lost. */
  dns: string[]
}

/** Looks; `app`: the label and the prefix of the pods' names. Every server must answer. */
export async function running(team: Team, app: string): Promise<Running> {
  const { items } = await team.get<{ items: { metadata: { uid: string }; spec: { nodeName?: string } }[] }>('pods', '-l', `app=${app}`)
  const containers = await Promise.all(team.hosts.map((host) => team.containers(host).of(app)))
  const dns = await Promise.all(team.hosts.map(async (host) => `${host.name} ${(await host.exec(['pidof', 'dnsmasq'], { anyCode: true })).stdout.trim()}`))
  return { dns, pods: items.map((p) => `${p.metadata.uid} ${p.spec.nodeName ?? ''}`).sort(), containers: containers.flat().map((c) => `${c.role} ${c.id.slice(0, 12)} ${String(c.startedAt)}`).sort() }
}
