import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'yaml'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { credentialsOf, type Credentials } from '../harness/kubeconfig.ts'

const EACH_MS = 100

/** How an app is: what a person wants to hear while it comes up. */
export interface Progress {
  readonly ready: number
  readonly desired: number
  /** What a pod waits for, in its own words; '' when none says anything. */
  readonly why: string
}

/** What a user's program would ask: Toque's Kubernetes API, by its kubeconfig. */
export class KubeClient {
  readonly #credentials: Credentials
  readonly #port: number

  private constructor(credentials: Credentials, port: number) {
    this.#credentials = credentials
    this.#port = port
  }

  /** `reach` says under which port of this machine the API's own port is found. */
  static async open(kubeconfig: string, reach: (port: number) => Promise<number>): Promise<KubeClient> {
    const credentials = credentialsOf(await readFile(kubeconfig, 'utf8'))
    return new KubeClient(credentials, await reach(Number(new URL(credentials.server).port)))
  }

  /** Creates a Deployment as `kubectl apply` does: with a note of what was applied, so that later applies know what to take away. */
  async applyDeployment(yaml: string): Promise<Deployment> {
    const object = parse(yaml) as Deployment
    const namespace = object.metadata.namespace ?? 'default'
    const annotations = { ...object.metadata.annotations, 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(object) }
    return this.#ask<Deployment>('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, { ...object, metadata: { ...object.metadata, annotations } })
  }

  /** The pods of a Deployment now. */
  async podsOf({ metadata, spec }: Deployment): Promise<Pod[]> {
    const selector = Object.entries(spec?.selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`).join(',')
    const { items } = await this.#ask<{ items: Pod[] }>('GET', `/api/v1/namespaces/${metadata.namespace ?? ''}/pods?labelSelector=${encodeURIComponent(selector)}`)
    return items
  }

  /** Follows a Deployment until all its replicas are ready, telling each step; rejects after `ms` with how it was last and why, or when `over` does. */
  async ready(deployment: Deployment, ms: number, tell: (progress: Progress) => void, over: Promise<never>): Promise<Progress> {
    const { namespace = '', name = '' } = deployment.metadata
    const deadline = performance.now() + ms
    let told = ''
    for (;;) {
      const now = await Promise.race([this.#ask<Deployment>('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`), over])
      const progress = { ready: now.status?.readyReplicas ?? 0, desired: now.spec?.replicas ?? 1, why: whyNot(await this.podsOf(now)) }
      const text = JSON.stringify(progress)
      if (text !== told) tell(progress)
      told = text
      if (progress.ready === progress.desired) return progress
      if (performance.now() > deadline) throw new Error(`${name} has ${String(progress.ready)} of ${String(progress.desired)} ready after ${String(ms / 1000)} s. ${progress.why}`)
      await delay(EACH_MS)
    }
  }

  /** What is at a path of the API: an object, or a list. */
  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path)
  }

  /** Creates an object below a path; resolves when the write is acknowledged. */
  create<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('POST', path, body)
  }

  /** Merges a patch (RFC 7396) into what is at a path: an object, or its status. */
  patch<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('PATCH', path, body, 'application/merge-patch+json')
  }

  #ask<T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> {
    const { ca, cert, key } = this.#credentials
    return new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port: this.#port, method, path, ca, cert, key, agent: false, headers: { accept: 'application/json', 'content-type': type } }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const said = JSON.parse(Buffer.concat(chunks).toString('utf8')) as T & { message?: string }
          if ((answer.statusCode ?? 500) < 400) resolve(said)
          else reject(new Error(said.message ?? `${method} ${path}: ${String(answer.statusCode)}`))
        })
      })
      asking.on('error', reject)
      asking.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

/** What the first pod that is not ready says of itself. */
function whyNot(pods: readonly Pod[]): string {
  for (const { status } of pods) {
    const waiting = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting).find((w) => w?.message !== undefined)
    const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
    const message = waiting?.message ?? (scheduled?.status === 'False' ? scheduled.message : undefined)
    if (message !== undefined) return message
  }
  return ''
}
