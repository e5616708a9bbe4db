import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fingerprint, judgeHostKey, keyType, knownAs, knownHostLine, knownTypes, parseKnownHosts } from './known-hosts.ts'
import type { KnownHost } from './known-hosts.ts'
import { SshError } from './ssh-error.ts'
import type { SshPrompts, SshTarget } from './target.ts'

/** Host keys in known_hosts files: all are believed, new keys are written to the first. */
export class HostKeyStore {
  readonly #files: readonly [string, ...string[]]
  /** One question at a time, so that two connections to one new server ask once. */
  #asking: Promise<unknown> = Promise.resolve()

  constructor(files: readonly [string, ...string[]]) {
    this.#files = files
  }

  /** Types of the keys this server is known by. */
  async types(target: SshTarget): Promise<string[]> {
    const read = await Promise.all(this.#files.map(readEntries))
    return knownTypes(read.flat(), nameOf(target))
  }

  /** Resolves when `key` is the server's: it is known, or a person said so now (and it is pinned). Rejects with an SshError otherwise. */
  verify(target: SshTarget, key: Buffer, prompts: Pick<SshPrompts, 'trustHostKey'>): Promise<void> {
    const verified = this.#asking.then(() => this.#verify(target, key, prompts))
    this.#asking = verified.catch(() => undefined)
    return verified
  }

  async #verify(target: SshTarget, key: Buffer, prompts: Pick<SshPrompts, 'trustHostKey'>): Promise<void> {
    const server = nameOf(target)
    const shown = `${keyType(key)} ${fingerprint(key)}`
    let trusted = false
    // Every file is heard before any is believed: a key that one revokes or contradicts is not saved by another.
    for (const file of this.#files) {
      const verdict = judgeHostKey(await readEntries(file), server, key)
      if (verdict.is === 'trusted') trusted = true
      else if (verdict.is === 'revoked') throw new SshError('host-key-revoked', `${server} shows a key that was revoked (${shown}; ${file}, line ${String(verdict.line)}). Do not connect: whoever has this key can pose as the server.`)
      else if (verdict.is === 'changed') throw changed(server, shown, file, verdict.known)
    }
    if (trusted) return
    const yes = await prompts.trustHostKey({ server, type: keyType(key), fingerprint: fingerprint(key) })
    if (!yes) throw new SshError('host-key-rejected', `The key of ${server} (${shown}) was not accepted, so nothing was sent to it. Compare it with what "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" prints on the server itself.`)
    await pin(this.#files[0], knownHostLine(server, key))
  }
}

function nameOf({ host, port, hostKeyAlias }: SshTarget): string {
  return hostKeyAlias?.toLowerCase() ?? knownAs(host, port)
}

function changed(server: string, shown: string, file: string, known: readonly KnownHost[]): SshError {
  const was = known.map((k) => `${k.type} ${fingerprint(Buffer.from(k.key, 'base64'))} in line ${String(k.line)}`).join(', ')
  return new SshError('host-key-changed', `The host key of ${server} has CHANGED. It now shows ${shown}; known in ${file} is ${was}. `
    + `Somebody may be posing as the server, so nothing was sent to it. If the server was set up anew, make sure of that, then remove the old key: ssh-keygen -R '${server}' -f '${file}'`)
}

async function readEntries(file: string): Promise<KnownHost[]> {
  try {
    return parseKnownHosts(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    // To go on as if nothing were known would be to trust whoever answers.
    throw new SshError('config', `The file of known host keys ${file} cannot be read (${(error as Error).message}). Make it readable for this user.`, { cause: error })
  }
}

async function pin(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readFile(file, 'utf8').catch(() => '')
  await appendFile(file, before === '' || before.endsWith('\n') ? line : `\n${line}`, { mode: 0o600 })
}
