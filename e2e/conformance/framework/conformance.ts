import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { afterAll, inject, test } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import { kubectl132 } from '../../lab/tools.ts'
import { ClusterClient, type WatchEvent } from './cluster-client.ts'
import type { Wire } from './wire.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The file that says which cluster is judged. */
    kubeconfig: string
    /** How the tests speak to it. */
    wire: Wire
  }
}

const LIMIT_MS = 180_000

/** What each test of the list is given: a namespace of its own, and the cluster as everybody sees it. */
export interface Framework {
  readonly client: ClusterClient
  /** Its name; gone after the test. */
  readonly namespace: string
  /** The path of a kind in the test's namespace: `core('pods', 'name')`. */
  core(resource: string, name?: string): string
  /** The same of a group: `group('apps/v1', 'deployments', 'name')`. */
  group(groupVersion: string, resource: string, name?: string): string
  /** Runs kubectl in the namespace; resolves with its stdout, rejects with its stderr. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** A name that nobody else has, for what has no namespace. Whoever makes it removes it: see `after`. */
  unique(prefix: string): string
  /** Done when the test ends, however it does; the last one first. */
  after(cleanup: () => Promise<unknown>): void
}

let client: ClusterClient | undefined
afterAll(() => client?.close())

/**
 * One test of Kubernetes' list (`names-1.32.txt`), by its name there without the last ` [Conformance]`: does with the cluster what upstream's test does, and wants what it wants.
 * Those that are [Serial] or [Disruptive] run by themselves, all others side by side.
 */
export function conformance(name: string, body: (framework: Framework) => Promise<void>, limitMs = LIMIT_MS): void {
  const run = async (): Promise<void> => {
    client ??= await ClusterClient.open(inject('kubeconfig'), inject('wire'))
    const framework = await Namespaced.make(client)
    try {
      await body(framework)
    } finally {
      await framework.end()
    }
  }
  if (/\[(Serial|Disruptive)\]/.test(name)) test.sequential(name, run, limitMs)
  else test.concurrent(name, run, limitMs)
}

class Namespaced implements Framework {
  readonly client: ClusterClient
  readonly namespace: string
  readonly #cleanups: (() => Promise<unknown>)[] = []

  private constructor(client: ClusterClient, namespace: string) {
    this.client = client
    this.namespace = namespace
  }

  static async make(client: ClusterClient): Promise<Namespaced> {
    const namespace = `conformance-${randomBytes(4).toString('hex')}`
    await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const made = new Namespaced(client, namespace)
    // As upstream's: pods are admitted once their service account is there.
    await eventually('the default service account', () => client.get(made.core('serviceaccounts', 'default')))
    return made
  }

  core(resource: string, name?: string): string {
    return `/api/v1/namespaces/${this.namespace}/${resource}${name === undefined ? '' : `/${name}`}`
  }

  group(groupVersion: string, resource: string, name?: string): string {
    return `/apis/${groupVersion}/namespaces/${this.namespace}/${resource}${name === undefined ? '' : `/${name}`}`
  }

  kubectl(args: readonly string[], input?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(kubectl132(), ['--kubeconfig', this.client.kubeconfig, '--namespace', this.namespace, ...args], { maxBuffer: 64 << 20, timeout: LIMIT_MS }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`))
      })
      // One that reads nothing may have ended by then.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input ?? '')
    })
  }

  unique(prefix: string): string {
    return `${prefix}-${randomBytes(4).toString('hex')}`
  }

  after(cleanup: () => Promise<unknown>): void {
    this.#cleanups.push(cleanup)
  }

  async end(): Promise<void> {
    for (const cleanup of this.#cleanups.reverse()) await cleanup().catch(() => undefined)
    // Not waited for: what is in it ends beside the next tests.
    await this.client.delete(`/api/v1/namespaces/${this.namespace}`, { propagationPolicy: 'Background' }).catch(() => undefined)
  }
}

/** Follows a list until what it shows is as wanted; the object (of the event) that was. Rejects after `ms` with what was seen last. */
export async function watchUntil<T>({ client }: Framework, path: string, query: Record<string, string>, wanted: (event: WatchEvent<T>) => boolean, what: string, ms = 60_000): Promise<T> {
  let last: unknown
  for await (const event of client.watch<T>(path, { ...query, timeoutSeconds: String(Math.ceil(ms / 1000)) })) {
    if (event.type === 'BOOKMARK') continue
    last = event
    if (wanted(event)) return event.object
  }
  throw new Error(`waited ${String(ms / 1000)} s in vain for: ${what}; last: ${JSON.stringify(last)}`)
}
