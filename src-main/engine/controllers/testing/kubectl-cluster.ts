import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ApiServer } from '../../api/api-server.ts'
import { ApiCluster } from './api-cluster.ts'

/** An ApiCluster over HTTPS, and the real kubectl with a home of its own. */
export class KubectlCluster {
  readonly cluster: ApiCluster
  readonly #server: ApiServer
  readonly #env: NodeJS.ProcessEnv

  private constructor(cluster: ApiCluster, server: ApiServer, home: string) {
    this.cluster = cluster
    this.#server = server
    this.#env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: server.kubeconfig }
  }

  static async start(): Promise<KubectlCluster> {
    const cluster = await ApiCluster.start()
    const server = await ApiServer.start({ api: cluster.api.api, dataDir: cluster.api.dir, port: 0 })
    const home = join(cluster.api.dir, 'home')
    mkdirSync(home)
    return new KubectlCluster(cluster, server, home)
  }

  async stop(): Promise<void> {
    await this.#server.stop()
    await this.cluster.stop()
  }

  /** Its exit code (1 for any failure), and all that it wrote. */
  readonly kubectl = (...args: string[]): Promise<{ code: number; out: string }> => new Promise((resolve) => {
    execFile('kubectl', args, { env: this.#env, timeout: 120_000 }, (error, out, err) => resolve({ code: error === null ? 0 : 1, out: out + err }))
  })

  readonly ok = async (...args: string[]): Promise<string> => {
    const { code, out } = await this.kubectl(...args)
    expect(code, `kubectl ${args.join(' ')}: ${out}`).toBe(0)
    return out
  }
}
