import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { DockerLabel } from '../../common/docker-labels.ts'
import { orAborted } from '../../common/or-aborted.ts'

/** It ends by itself, should nobody be left to end it. Seconds. */
const LIFE_S = 60
const REMOVE_MS = 3_000

/** A short-lived container of the node helper's image on a server's own network: stock tools that look, and change nothing. */
export class ProbeContainer {
  readonly #docker: Docker
  readonly #id: string

  private constructor(docker: Docker, id: string) {
    this.#docker = docker
    this.#id = id
  }

  /** Rejects with Docker's error. The image must be there. */
  static async start(docker: Docker, image: string, signal: AbortSignal): Promise<ProbeContainer> {
    const created = docker.createContainer({
      Image: image, Entrypoint: ['/bin/sh', '-c', `sleep ${String(LIFE_S)}`], Labels: { [DockerLabel.role]: 'probe', [DockerLabel.schema]: '1' },
      HostConfig: {
        NetworkMode: 'host', UsernsMode: 'host', AutoRemove: true,
        // To read the kernel's table of connections.
        CapAdd: ['NET_ADMIN'],
        // Which modules the kernel could load.
        Binds: ['/lib:/host/lib:ro'],
      },
    })
    // One that comes too late is nobody's, and was never started: it would stay.
    const container = await orAborted(created, signal).catch(async (error: unknown) => {
      created.then((late) => late.remove({ force: true })).catch(() => undefined)
      throw error
    })
    const probe = new ProbeContainer(docker, container.id)
    try {
      await orAborted(container.start(), signal)
    } catch (error) {
      await probe.remove()
      throw error
    }
    return probe
  }

  /** Runs a script of the shell with arguments, and resolves with what it printed. */
  async run(script: string, args: readonly string[], signal: AbortSignal): Promise<string> {
    const exec = await orAborted(this.#docker.getContainer(this.#id).exec({ Cmd: ['/bin/sh', '-c', script, 'sh', ...args], AttachStdout: true, AttachStderr: true }), signal)
    const stream = await orAborted(exec.start({}), signal)
    const output = new PassThrough()
    this.#docker.modem.demuxStream(stream, output, output)
    stream.once('end', () => output.end()).once('close', () => output.end()).once('error', () => output.end())
    try {
      return await orAborted(text(output), signal)
    } finally {
      stream.destroy()
    }
  }

  /** How its logs are kept: as of every container that says nothing about it. */
  async logConfig(): Promise<{ driver: string; options: Record<string, string> }> {
    const { HostConfig } = await this.#docker.getContainer(this.#id).inspect()
    const { Type = '', Config = {} } = HostConfig.LogConfig as { Type?: string; Config?: Record<string, string> | null }
    return { driver: Type, options: Config ?? {} }
  }

  /** Never rejects, and is waited for only a little: it ends by itself, too. */
  async remove(): Promise<void> {
    await orAborted(this.#docker.getContainer(this.#id).remove({ force: true }), AbortSignal.timeout(REMOVE_MS)).catch(() => undefined)
  }
}
