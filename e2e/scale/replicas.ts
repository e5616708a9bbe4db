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
  readonly #ready = new Set<string>()
  readonly #perNode = new Map<string, number>()
  readonly #stop: () => void
  #changed: () => void = () => undefined

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster
    const count = (pod: Frozen<Pod>): void => this.#count(pod, isPodActive(pod) && isPodReady(pod))
    this.#stop = cluster.informers.for(Pods).addHandler({ onAdd: count, onUpdate: count, onDelete: (pod) => this.#count(pod, false) })
  }

  #count({ metadata: { uid }, spec: { nodeName = '' } }: Frozen<Pod>, ready: boolean): void {
    if (this.#ready.has(uid) === ready) return
    if (ready) this.#ready.add(uid)
    else this.#ready.delete(uid)
    this.#perNode.set(nodeName, this.readyOn(nodeName) + (ready ? 1 : -1))
    this.#changed()
  }

  /** Pods that are Ready. */
  get ready(): number {
    return this.#ready.size
  }

  readyOn(node: string): number {
    return this.#perNode.get(node) ?? 0
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
    const found = new Set(running)
    const twice = running.filter((uid) => !found.delete(uid))
    const strangers = running.filter((uid) => !wanted.delete(uid) && !twice.includes(uid))
    const missing = [...wanted]
    return [...twice.map((uid) => `${uid} runs twice`), ...strangers.map((uid) => `${uid} runs and should not`), ...missing.map((uid) => `${uid} does not run`)]
  }

  stop(): void {
    this.#stop()
  }
}
