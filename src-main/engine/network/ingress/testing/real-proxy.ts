import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { eventually } from '../../testing/network-lab.ts'
import { compileProxy } from '../haproxy-config.ts'
import type { IngressModel } from '../ingress-model.ts'

/** HAProxy itself on a port of 127.0.0.1, with the configuration that a node would get, in a folder of its own; with one thread, so that all connections are in one pool. */
export class RealProxy {
  readonly port: number
  readonly #dir: string
  readonly #process: ChildProcess

  private constructor(dir: string, port: number, process: ChildProcess) {
    this.#dir = dir
    this.port = port
    this.#process = process
  }

  /** Resolves when it takes commands. */
  static async start(port: number, model: IngressModel): Promise<RealProxy> {
    const dir = await mkdtemp(join(tmpdir(), 'toque-proxy-'))
    await configure(dir, port, model)
    const proxy = new RealProxy(dir, port, spawn('haproxy', ['-W', '-S', join(dir, 'master'), '-f', join(dir, 'haproxy.cfg')], { stdio: 'ignore' }))
    await eventually(() => proxy.#pid())
    // A worker answers before its master listens to signals.
    await eventually(async () => {
      if (!(await ask(join(dir, 'master'), 'show proc')).includes('master')) throw new Error('the master does not answer')
    })
    return proxy
  }

  /** What its process says to a command. */
  tell(command: string): Promise<string> {
    return ask(join(this.#dir, 'in.sock'), command)
  }

  /** Loads another configuration; resolves when the process that is new has its sockets. */
  async load(model: IngressModel): Promise<void> {
    await configure(this.#dir, this.port, model)
    const before = await this.#pid()
    this.#process.kill('SIGUSR2')
    await eventually(async () => {
      if (await this.#pid() === before) throw new Error('the process before still answers')
    })
  }

  async #pid(): Promise<string> {
    const pid = /^Pid: (\d+)/m.exec(await this.tell('show info'))?.[1]
    if (pid === undefined) throw new Error('the proxy does not answer')
    return pid
  }

  async stop(): Promise<void> {
    const over = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await over
    await rm(this.#dir, { recursive: true })
  }
}

async function configure(dir: string, port: number, model: IngressModel): Promise<void> {
  const { files } = compileProxy(model, [80])
  for (const [name, content] of files) {
    const here = name === 'haproxy.cfg' ? content.replace('global\n', 'global\n  nbthread 1\n').replace('/run/toque/in.sock', join(dir, 'in.sock')).replace('bind *:80', `bind 127.0.0.1:${String(port)}`) : content
    await writeFile(join(dir, name), here)
  }
}

async function ask(path: string, command: string): Promise<string> {
  const socket = connect(path)
  // One that is accepted by a process that ends may get no answer.
  socket.setTimeout(15_000, () => socket.destroy(new Error('no answer')))
  socket.end(`${command}\n`)
  return text(socket)
}
