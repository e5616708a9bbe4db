import type { Duplex } from 'node:stream'
import type { Clock } from '../../common/clock.ts'
import { runCommand } from './run-command.ts'
import { dialStdioCommand, explainDocker, factsCommand, parseFacts } from './docker-diagnosis.ts'
import { SshError } from './ssh-error.ts'
import type { SshLink } from './ssh-link.ts'

/** How long a diagnosis holds, so that a burst of failing calls makes one. */
const DIAGNOSIS_MS = 2_000
const DIAGNOSIS_LIMIT_MS = 15_000

/** The way a server lets us reach its Docker's socket. */
export type DockerWay = 'streamlocal' | 'dial-stdio'

/** Opens streams to Docker's socket on a server: forwarded by sshd, else through `docker system dial-stdio`. */
export class DockerPath {
  readonly #link: SshLink
  readonly #server: string
  readonly #socket: string
  readonly #clock: Clock
  #way: DockerWay = 'streamlocal'
  #diagnosis: { until: number; result: Promise<SshError | undefined> } | undefined

  constructor(link: SshLink, server: string, socket: string, clock: Clock) {
    this.#link = link
    this.#server = server
    this.#socket = socket
    this.#clock = clock
  }

  /** The one that worked last. */
  get way(): DockerWay {
    return this.#way
  }

  /** A stream to Docker. Rejects with an SshError that says what is missing. */
  async open(): Promise<Duplex> {
    if (this.#way === 'dial-stdio') return this.#dialStdio()
    const connection = await this.#link.connection()
    try {
      return await connection.dialUnix(this.#socket)
    } catch (error) {
      if (!(error instanceof SshError) || error.code !== 'channel') throw error
    }
    // The server does not say whether it forbids this or nothing listens there.
    const missing = await this.#diagnose()
    if (missing !== undefined) throw missing
    this.#way = 'dial-stdio'
    return this.#dialStdio()
  }

  /** Rejects with an SshError when Docker takes no new connections. Through dial-stdio that is not known before a request is sent. */
  async knock(): Promise<void> {
    if (this.#way === 'streamlocal') (await this.open()).destroy()
  }

  async #dialStdio(): Promise<Duplex> {
    const { channel, stream, exitCode } = await this.#link.session((connection) => connection.exec(dialStdioCommand(this.#socket)))
    let heard = false
    channel.once('data', () => (heard = true))
    channel.stderr.resume() // the channel closes only when it was read
    // Docker did not answer. The next call looks anew, and finds out what is missing.
    stream.once('close', () => {
      if (!heard && exitCode() !== 0) this.#way = 'streamlocal'
    })
    return stream
  }

  /** What is missing on the server; undefined: nothing that dial-stdio needs. */
  #diagnose(): Promise<SshError | undefined> {
    const now = this.#clock.monotonic()
    if (this.#diagnosis === undefined || this.#diagnosis.until < now) {
      const result = runCommand(this.#link, this.#clock, factsCommand(this.#socket), { timeoutMs: DIAGNOSIS_LIMIT_MS })
        .then(({ code, stdout, stderr }) => {
          if (code === 0) return explainDocker(this.#server, this.#socket, parseFacts(stdout))
          const said = (stderr || stdout).trim().slice(0, 200)
          return new SshError('docker', `${this.#server} forwards no connection to ${this.#socket} and runs no commands for us (${said || `exit code ${String(code)}`}). This user needs a login shell, or set "AllowStreamLocalForwarding yes" in the server's /etc/ssh/sshd_config.`)
        })
      this.#diagnosis = { until: now + DIAGNOSIS_MS, result }
    }
    return this.#diagnosis.result
  }
}
