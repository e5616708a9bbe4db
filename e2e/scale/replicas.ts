import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { Deployments, Pods } from '../../src-main/common/kube/kinds.ts'
import type { Draft, Frozen } from '../../src-main/common/kube/object.ts'
import { isPodActive, isPodReady } from '../../src-main/common/kube/pods.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'

/** How long pods stay on a lost node, seconds. Kubernetes' default is 300. */
const TOLERATED_S = 1

/** One Deployment of a simulated cluster, counted as the API tells of its pods. */
export class Replicas {
  readonly name = 'many'
  readonly #cluster: SimulatedCluster
  readonly #ready = new Map<string, string>()
  readonly #stop: () => void
  #changed: () => void = () => undefined

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster
    const count = (pod: Frozen<Pod>): void => {
      if (isPodActive(pod) && isPodReady(pod)) this.#ready.set(pod.metadata.uid, pod.spec.nodeName ?? '')
      else this.#ready.delete(pod.metadata.uid)
      this.#changed()
    }
    this.#stop = cluster.informers.for(Pods).addHandler({ onAdd: count, onUpdate: count, onDelete: (pod) => { this.#ready.delete(pod.metadata.uid); this.#changed() } })
  }

  /** Pods that are Ready, by node. */
  get ready(): number {
    return this.#ready.size
  }

  readyOn(node: string): number {
    return [...this.#ready.values()].filter((n) => n === node).length
  }

  async create(replicas: number): Promise<void> {
    const tolerations = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATED_S }))
    const labels = { app: this.name }
    const draft: Draft<Deployment> = {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: this.name, namespace: 'default' },
      spec: {
        replicas, selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { tolerations, containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '100m', memory: '64Mi' } } }] } },
      },
    }
    await this.#cluster.client.create(Deployments, draft)
  }

  /** Resolves with the seconds (of this machine's clock) until `test` holds; rejects with what there is after `limitS`. */
  until(what: string, test: () => boolean, limitS: number): Promise<number> {
    const begin = performance.now()
    return new Promise((resolve, reject) => {
      const over = (end: () => void): void => {
        clearTimeout(limit)
        this.#changed = () => undefined
        end()
      }
      const look = (): void => {
        if (test()) over(() => resolve((performance.now() - begin) / 1000))
      }
      const limit = setTimeout(() => over(() => reject(new Error(`not within ${String(limitS)} s: ${what}; ${String(this.ready)} pods are ready; ${this.#cluster.errors.slice(-3).map(String).join('; ')}`))), limitS * 1000)
      this.#changed = look
      look()
    })
  }

  /** What must hold when all is quiet: each pod runs once, and nothing runs that is no pod. Returns what does not hold. */
  async wrong(): Promise<string[]> {
    const pods = this.#cluster.informers.for(Pods).lister.list()
    const wanted = new Set(pods.filter(isPodActive).map((p) => p.metadata.uid))
    const running = await this.#cluster.running()
    const twice = running.filter((uid, i) => running.indexOf(uid) !== i)
    const strangers = running.filter((uid) => !wanted.has(uid))
    const missing = [...wanted].filter((uid) => !running.includes(uid))
    return [...twice.map((uid) => `${uid} runs twice`), ...strangers.map((uid) => `${uid} runs and should not`), ...missing.map((uid) => `${uid} does not run`)]
  }

  stop(): void {
    this.#stop()
  }
}
