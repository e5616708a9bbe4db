import { createInterface } from 'node:readline/promises'
import { localDockerSocket } from '../../src-main/hosts/local-host.ts'
import { Lab } from '../lab/lab.ts'

/** Where the demo runs: one Docker, and how to be on its network. */
export interface DemoPlace {
  readonly description: string
  readonly dockerSocket: string
  /** The words before a command that make it run on the server's network; none on the user's own machine. */
  readonly enter: readonly string[]
  /** The image that the sample names can be pulled here; undefined where it is Docker Hub's. */
  readonly address: string | undefined
  leave(): Promise<void>
}

/** As root on Linux a server made for the demo; elsewhere the user's own Docker, asked for once. Undefined when the user says no. */
export async function findPlace(): Promise<DemoPlace | undefined> {
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    const lab = await Lab.up({ hosts: 1 })
    const host = lab.host(1)
    return { description: `a test server of its own (${host.name}, ${host.address})`, dockerSocket: host.dockerSocket, enter: host.onItsNetwork, address: host.address, leave: () => lab.down() }
  }
  const dockerSocket = await localDockerSocket()
  if (!(await agrees(dockerSocket))) return undefined
  return { description: `your Docker (${dockerSocket})`, dockerSocket, enter: [], address: undefined, leave: () => Promise.resolve() }
}

async function agrees(dockerSocket: string): Promise<boolean> {
  console.error(`The demo uses your Docker at ${dockerSocket}: it starts containers and one network of its own, labelled toque.dev, touches no others, and removes all of it at the end.`)
  if (!process.stdin.isTTY) return true
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await asking.question('Go on? [Y/n] ')
  asking.close()
  return !/^n/i.test(answer.trim())
}
