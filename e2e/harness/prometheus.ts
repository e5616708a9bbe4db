import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../lab/run.ts'
import { prometheus } from '../lab/tools.ts'
import type { Site } from './site.ts'
import { endChild } from './processes.ts'

/** One series of an answer to a query. */
export interface Found {
  metric: Record<string, string>
  value: number
}

/** A real Prometheus on a site's network, that scrapes Toque and the pods that Toque names. (Debian's is built without `kubernetes_sd_configs`.) */
export class Prometheus {
  readonly #site: Site
  readonly #port: number
  readonly #stop: () => Promise<void>
  readonly #log: { text: string }

  private constructor(site: Site, port: number, stop: () => Promise<void>, log: { text: string }) {
    this.#site = site
    this.#port = port
    this.#stop = stop
    this.#log = log
  }

  /** Starts it; what it wants of Toque is where `pki` keeps it. */
  static async start(site: Site, port = 9090): Promise<Prometheus> {
    const dir = await mkdtemp(join(tmpdir(), 'toque-prometheus-'))
    const kubeconfig = await run('cat', [site.toque.kubeconfig])
    const server = /server: (\S+)/.exec(kubeconfig.stdout)?.[1] ?? ''
    const access = { authorization: { type: 'Bearer', credentials_file: join(site.toque.data, 'pki/admin.token') }, tls_config: { ca_file: join(site.toque.data, 'pki/ca.crt') } }
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'toque', scheme: 'https', ...access, static_configs: [{ targets: [new URL(server).host] }] },
        { job_name: 'pods', http_sd_configs: [{ url: `${server}/metrics/targets`, refresh_interval: '1s', ...access }] },
      ],
    }
    await writeFile(join(dir, 'prometheus.yml'), JSON.stringify(config))
    const [enter = '', ...words] = [...site.host.onItsNetwork, prometheus(), `--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`, `--web.listen-address=127.0.0.1:${String(port)}`]
    const child = spawn(enter, words, { stdio: ['ignore', 'ignore', 'pipe'] })
    const log = { text: '' }
    child.stderr.on('data', (chunk: Buffer) => (log.text = (log.text + chunk.toString()).slice(-20_000)))
    const stop = async (): Promise<void> => {
      await endChild(child)
      await rm(dir, { recursive: true, force: true })
    }
    return new Prometheus(site, port, stop, log)
  }

  /** The end of what it wrote. */
  get log(): string {
    return this.#log.text
  }

  /** What a PromQL query gives at the moment; nothing while it does not answer yet. */
  async query(promql: string): Promise<Found[]> {
    const { data } = await this.#get<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(`query?query=${encodeURIComponent(promql)}`, { data: { result: [] } })
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }

  stop(): Promise<void> {
    return this.#stop()
  }

  async #get<T>(path: string, otherwise: T): Promise<T> {
    const [enter = '', ...words] = [...this.#site.host.onItsNetwork, 'curl', '-sf', `http://127.0.0.1:${String(this.#port)}/api/v1/${path}`]
    const { stdout, code } = await run(enter, words, { anyCode: true })
    return code === 0 ? JSON.parse(stdout) as T : otherwise
  }
}
