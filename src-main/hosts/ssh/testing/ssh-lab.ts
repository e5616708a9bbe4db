import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab } from '../../../../e2e/lab/lab.ts'
import type { LabHost } from '../../../../e2e/lab/lab-host.ts'
import { HandshakeGate } from '../handshake-gate.ts'
import { HostKeyStore } from '../host-key-store.ts'
import { openSshHost } from '../ssh-host.ts'
import type { SshHost, SshHostOptions } from '../ssh-host.ts'
import type { SshPrompts, SshTarget } from '../target.ts'

/** What a person at the desk would answer, and what they were asked. */
export interface Person {
  trust?: boolean
  password?: string
  passphrase?: string
  answers?: string[]
}

/** Servers of a lab, and everything on this machine that connecting to them needs. */
export class SshLab {
  readonly lab: Lab
  readonly dir: string
  /** Every question that was asked: `trust 10.0.0.11`, `password root@10.0.0.11`. */
  readonly asked: string[] = []
  readonly #hosts: SshHost[] = []
  readonly #gate = new HandshakeGate()

  private constructor(lab: Lab, dir: string) {
    this.lab = lab
    this.dir = dir
  }

  static async on(lab: Lab): Promise<SshLab> {
    return new SshLab(lab, await mkdtemp(join(tmpdir(), 'toque-ssh-')))
  }

  get knownHosts(): string {
    return join(this.dir, 'known_hosts')
  }

  /** How the lab's key logs in as root. */
  target(host: LabHost, more: Partial<SshTarget> = {}): SshTarget {
    const { host: address, port, user, keyFile } = host.ssh
    return { host: address, port, user, auth: [{ type: 'key', file: keyFile }], ...more }
  }

  /** Opens a server; closed by `down`. */
  open(target: SshTarget, person: Person = {}, more: Partial<SshHostOptions> = {}): SshHost {
    const host = openSshHost({ target, prompts: this.prompts(person), hostKeys: new HostKeyStore([this.knownHosts]), gate: this.#gate, ...more })
    this.#hosts.push(host)
    return host
  }

  prompts(person: Person): SshPrompts {
    const asked = (what: string): void => void this.asked.push(what)
    return {
      trustHostKey: ({ server }) => {
        asked(`trust ${server}`)
        return Promise.resolve(person.trust ?? true)
      },
      password: (server, _user, wrong) => {
        asked(`password ${server}${wrong ? ' again' : ''}`)
        return Promise.resolve(wrong ? undefined : person.password)
      },
      passphrase: (_file, wrong) => {
        asked(`passphrase${wrong ? ' again' : ''}`)
        return Promise.resolve(wrong ? undefined : person.passphrase)
      },
      answers: (_server, _instructions, questions) => {
        asked(questions.map((q) => q.prompt.trim()).join())
        return Promise.resolve(person.answers)
      },
    }
  }

  /** Another sshd on the server, on its own port, with these lines first in its configuration. */
  async sshd(host: LabHost, port: number, lines: readonly string[], usualKey = true): Promise<void> {
    const config = [...(usualKey ? ['HostKey /etc/ssh/ssh_host_ed25519_key'] : []), 'UseDNS no', 'PrintMotd no', `PidFile /run/sshd-${String(port)}.pid`, ...lines, 'PasswordAuthentication no', 'PermitRootLogin prohibit-password', 'UsePAM no']
    await host.exec(`cat >/etc/ssh/test_${String(port)}`, { input: `${config.join('\n')}\n` })
    await host.exec(`/usr/sbin/sshd -f /etc/ssh/test_${String(port)} -p ${String(port)} -E /var/log/sshd-${String(port)}.log`)
  }

  /** A user with a password, and the lab's key. */
  async user(host: LabHost, name: string, password: string, groups: readonly string[] = []): Promise<void> {
    await host.exec(`useradd --create-home --shell /bin/bash ${groups.map((g) => `--groups ${g}`).join(' ')} ${name}
      mkdir -p /home/${name}/.ssh; cp /root/.ssh/authorized_keys /home/${name}/.ssh/; chown -R ${name}: /home/${name}; chmod 700 /home/${name}/.ssh`)
    await host.exec('chpasswd', { input: `${name}:${password}\n` })
  }

  async file(name: string, content: string): Promise<string> {
    const path = join(this.dir, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }

  async down(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()))
    await rm(this.dir, { recursive: true, force: true })
  }
}
