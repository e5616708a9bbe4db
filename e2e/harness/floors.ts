import type { LabHost } from '../lab/lab-host.ts'
import { run } from '../lab/run.ts'

const onDocker = (host: LabHost): NodeJS.ProcessEnv => ({ ...process.env, DOCKER_HOST: `unix://${host.dockerSocket}` })

/** `docker ...` against a lab server's Docker; its output, trimmed. */
export async function docker(host: LabHost, ...words: string[]): Promise<string> {
  return (await run('docker', words, { env: onDocker(host) })).stdout.trim()
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

/**
 * What Docker alone needs for the same, in milliseconds: the least any manager of containers can take. Each is a `docker run --detach` of an image that is
 * there, from the command's start to its end; what it made is removed outside the measured time.
 */
export class Floors {
  readonly container: number[] = []
  readonly pod: number[] = []
  readonly #host: LabHost
  readonly #image: string
  readonly #sandboxImage: string

  /** `sandboxImage`: what a pod's sandbox is made of; it must run until it is killed. */
  constructor(host: LabHost, image: string, sandboxImage: string) {
    this.#host = host
    this.#image = image
    this.#sandboxImage = sandboxImage
  }

  /** One of each: a container that joins a running sandbox's network, and a sandbox with its container. */
  async measure(): Promise<void> {
    const sandbox = 'floor-sandbox'
    const container = 'floor-container'
    const startSandbox = (): Promise<string> => docker(this.#host, 'run', '--detach', '--name', sandbox, this.#sandboxImage)
    const startContainer = (): Promise<string> => docker(this.#host, 'run', '--detach', '--name', container, '--network', `container:${sandbox}`, this.#image)
    const remove = (...names: string[]): Promise<string> => docker(this.#host, 'rm', '--force', ...names)
    await startSandbox()
    this.container.push(await timed(startContainer))
    await remove(container, sandbox)
    this.pod.push(await timed(async () => {
      await startSandbox()
      await startContainer()
    }))
    await remove(container, sandbox)
  }
}
