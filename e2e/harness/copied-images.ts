import type { Event, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import type { LabHost } from '../lab/lab-host.ts'
import type { Team } from './team.ts'

export const MB = 1e6

/** An image's ID on a server. */
export async function imageId(host: LabHost, name: string): Promise<string> {
  return (await host.exec(['docker', 'image', 'inspect', '--format', '{{.Id}}', name])).stdout.trim()
}

/** What a `Copied` event says, in bytes. */
export function figures(message: string): { sent: number; spared: number } {
  return { sent: Number(/\((\d+) bytes\) sent/.exec(message)?.[1] ?? NaN), spared: Number(/\((\d+) bytes\) of layers/.exec(message)?.[1] ?? 0) }
}

/** Why a pod's first container waits; '' where it does not. */
export function waitingOf(pod: Pod | undefined): { reason: string; message: string } {
  const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting
  return { reason: waiting?.reason ?? '', message: waiting?.message ?? '' }
}

interface DeploymentOptions {
  replicas?: number
  /** All replicas on this server; else one on each. */
  on?: LabHost
  namespace?: string
  policy?: string
  secrets?: string[]
}

/** Images that are made on one server and wanted on others, and the apps that want them. */
export class CopiedImages {
  readonly #team: Team

  constructor(team: Team) {
    this.#team = team
  }

  /** As a developer builds one: a layer of so many random bytes on top of `from`. Resolves with its ID. */
  async build(host: LabHost, name: string, from: string, bytes: number): Promise<string> {
    await host.exec(`mkdir -p /root/build && cd /root/build && head -c ${String(bytes)} /dev/urandom >blob && printf 'FROM ${from}\\nCOPY blob /${name.replace(/\W/g, '-')}\\nCMD ["sleep", "100000"]\\n' >Dockerfile && docker build -q -t ${name} .`)
    return imageId(host, name)
  }

  deployment(name: string, image: string, { replicas = 1, on, namespace = 'default', policy, secrets = [] }: DeploymentOptions = {}): object {
    return {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace },
      spec: {
        replicas, selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image, command: ['sleep', '100000'], ...(policy === undefined ? {} : { imagePullPolicy: policy }) }],
            ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((secret) => ({ name: secret })) }),
            ...(on === undefined
              ? { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: name } } }] }
              : { nodeSelector: { 'kubernetes.io/hostname': on.name } }),
          },
        },
      },
    }
  }

  async podsOf(name: string, namespace = 'default'): Promise<Pod[]> {
    return (await this.#team.get<{ items: Pod[] }>('pods', '-n', namespace, '-l', `app=${name}`)).items
  }

  /** What events of its pods say. */
  async eventsOf(name: string, reason: string, namespace = 'default'): Promise<string[]> {
    const { items } = await this.#team.get<{ items: Event[] }>('events', '-n', namespace)
    return items.filter((e) => e.reason === reason && e.involvedObject.name?.startsWith(name) === true).map((e) => e.message ?? '')
  }
}
