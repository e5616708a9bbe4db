import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCertificate } from '../../src-main/engine/network/ingress/testing/test-certificate.ts'
import { pebble, testDns } from '../lab/tools.ts'
import { eventually } from './containers.ts'
import { endChild } from './processes.ts'

/** A CA that speaks ACME on this machine's loopback, and the DNS that it asks. It connects to port 80 of the addresses that the DNS gives, as real ones do. */
export class AcmeServer {
  /** The directory, and what signs the CA's own HTTPS certificate (PEM). */
  readonly directory: string
  readonly ca: string
  readonly #children: ChildProcess[] = []
  readonly #dir: string
  readonly #management: { dns: string; roots: string }
  #log = ''

  private constructor(directory: string, ca: string, dir: string, management: { dns: string; roots: string }) {
    this.directory = directory
    this.ca = ca
    this.#dir = dir
    this.#management = management
  }

  /** `validSeconds`: the life of its certificates. `httpPort`: where it asks, default 80. */
  static async start({ validSeconds, httpPort = 80 }: { validSeconds: number; httpPort?: number }): Promise<AcmeServer> {
    const [acme, roots, dns, dnsControl] = await freePorts(4)
    const dir = await mkdtemp(join(tmpdir(), 'toque-acme-'))
    const own = await testCertificate('localhost')
    const at = (port: number | undefined): string => `127.0.0.1:${String(port)}`
    const server = new AcmeServer(`https://localhost:${String(acme)}/dir`, own.crt, dir, { dns: `http://${at(dnsControl)}`, roots: `https://localhost:${String(roots)}` })
    try {
      await writeFile(join(dir, 'cert.pem'), own.crt)
      await writeFile(join(dir, 'key.pem'), own.key)
      await writeFile(join(dir, 'config.json'), JSON.stringify({ pebble: {
        listenAddress: at(acme), managementListenAddress: at(roots), certificate: join(dir, 'cert.pem'), privateKey: join(dir, 'key.pem'), httpPort, tlsPort: 443,
        certificateValidityPeriod: validSeconds, domainBlocklist: ['blocked.example'],
      } }))
      server.#run(testDns(), ['-defaultIPv4', '', '-defaultIPv6', '', '-http01', '', '-https01', '', '-tlsalpn01', '', '-dns01', at(dns), '-management', at(dnsControl)])
      server.#run(pebble(), ['-config', join(dir, 'config.json'), '-dnsserver', at(dns)])
      await eventually('the CA and its DNS', async () => (await server.root()).includes('BEGIN CERTIFICATE') && (await fetch(`http://${at(dnsControl)}/clear-a`, { method: 'POST', body: '{"host":"x"}' })).ok)
      return server
    } catch (error) {
      await server.stop()
      throw new Error(`the CA does not run:\n${server.#log}`, { cause: error })
    }
  }

  /** What it wrote. */
  get log(): string {
    return this.#log
  }

  /** From now on the name leads to these addresses. */
  async lead(host: string, addresses: readonly string[]): Promise<void> {
    for (const [path, body] of [['clear-a', { host }], ['add-a', { host, addresses }]] as const) {
      const { ok } = await fetch(`${this.#management.dns}/${path}`, { method: 'POST', body: JSON.stringify(body) })
      if (!ok) throw new Error(`the DNS did not take ${host}`)
    }
  }

  /** The root of the certificates that it gives, PEM. */
  root(): Promise<string> {
    return new Promise((resolve, reject) => {
      request(`${this.#management.roots}/roots/0`, { ca: this.ca }, (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString())).once('end', () => resolve(text)).once('error', reject)
      }).once('error', reject).end()
    })
  }

  async stop(): Promise<void> {
    for (const child of this.#children) await endChild(child, 'SIGKILL')
    await rm(this.#dir, { recursive: true, force: true })
  }

  #run(program: string, args: readonly string[]): void {
    // It does not make clients wait on purpose; that it refuses some nonces is left on.
    const child = spawn(program, args, { cwd: this.#dir, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PEBBLE_VA_NOSLEEP: '1' } })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.#log += chunk.toString()))
    child.once('error', (error) => (this.#log += error.message))
    this.#children.push(child)
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }))
  return Promise.all(servers.map(async (server) => {
    const address = server.address()
    server.close()
    await once(server, 'close')
    return typeof address === 'object' && address !== null ? address.port : 0
  }))
}
