import { join } from 'node:path'
import type { ServedCluster } from './served-cluster.ts'
import { inNamespace } from './kubeconfig.ts'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { eventually } from '../harness/containers.ts'
import { helm } from '../lab/tools.ts'
import { runProgram, type Outcome } from './program.ts'
import { words } from './step.ts'

const CHARTS = join(import.meta.dirname, 'charts')
/** By itself it asks five times a second at most, once it has asked a hundred times. */
const UNHURRIED = ['--qps', '1000', '--burst-limit', '1000']

/** What `helm history` says of a revision. */
export interface Revision {
  readonly revision: number
  readonly status: string
  readonly description: string
}

/** The real helm, in a namespace of its own. */
export class Helm {
  readonly namespace: string
  readonly #env: NodeJS.ProcessEnv
  readonly #served: ServedCluster

  private constructor(served: ServedCluster, namespace: string, env: NodeJS.ProcessEnv) {
    this.#served = served
    this.namespace = namespace
    this.#env = env
  }

  static async in(served: ServedCluster, namespace: string): Promise<Helm> {
    const home = join(served.dir, `helm-${namespace}`)
    await mkdir(home)
    const kubeconfig = join(home, 'kubeconfig.json')
    await writeFile(kubeconfig, inNamespace(await readFile(served.server.kubeconfig, 'utf8'), namespace))
    return new Helm(served, namespace, { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: kubeconfig })
  }

  /** Runs it, however it ends. Its words are quoted as for a shell; charts are named by their folder: `charts/web-app`. */
  run(line: string): Promise<Outcome> {
    return runProgram(helm(), [...words(line), ...UNHURRIED], { env: this.#env, cwd: join(CHARTS, '..') })
  }

  /** Runs it and resolves with its output; rejects with what it said when it fails. */
  async ok(line: string): Promise<string> {
    const { code, out, err } = await this.run(line)
    if (code !== 0) throw new Error(`helm ${line} ended with ${String(code)}: ${err}${out}`)
    return out
  }

  async history(release: string): Promise<Revision[]> {
    return JSON.parse(await this.ok(`history ${release} -o json`)) as Revision[]
  }

  /** What is there of a release, of every kind that is served, as `Kind/name`. */
  objectsOf(release: string): string[] {
    const { api } = this.#served.cluster
    return api.registry.all().flatMap(({ resource }) => api.list(resource, { labelSelector: `app.kubernetes.io/instance=${release}` }).items.map((o) => `${resource.kind}/${o.metadata.name}`)).sort()
  }

  /** Resolves when nothing is left of a release but `but`: pods and what controllers make of the chart's objects go a little later than helm. Rejects with what is left. */
  async allGone(release: string, but: readonly string[] = []): Promise<void> {
    await eventually(`nothing left of ${release}`, () => Promise.resolve(JSON.stringify(this.objectsOf(release)) === JSON.stringify(but)), 20_000)
      .catch((error: unknown) => { throw new Error(`${String(error)}: ${this.objectsOf(release).join(' ')}`) })
  }
}
