import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SshLab } from '../../src-main/hosts/ssh/testing/ssh-lab.ts'
import { Lab } from '../lab/lab.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { run } from '../lab/run.ts'

/** Servers, and a desk that knows none of them: a home of its own, with a key that they let in at `~/.ssh/work`. */
export class BareDesk {
  readonly lab: Lab
  readonly ssh: SshLab
  readonly home: string

  private constructor(lab: Lab, ssh: SshLab, home: string) {
    this.lab = lab
    this.ssh = ssh
    this.home = home
  }

  static async up(servers: number): Promise<BareDesk> {
    const lab = await Lab.up({ hosts: servers })
    try {
      const desk = new BareDesk(lab, await SshLab.on(lab), await mkdtemp(join(tmpdir(), 'toque-desk-')))
      await mkdir(desk.file(''), { mode: 0o700 })
      await desk.putKey('work')
      return desk
    } catch (error) {
      await lab.down()
      throw error
    }
  }

  /** A file of its `~/.ssh`. */
  file(name: string): string {
    return join(this.home, '.ssh', name)
  }

  /** Puts the key that every server lets in there, under another name. */
  async putKey(name: string): Promise<void> {
    await copyFile(this.lab.host(1).ssh.keyFile, this.file(name))
  }

  /** What the server itself says its key is. */
  async fingerprint(host: LabHost): Promise<string> {
    return (await run('ssh-keygen', ['-lf', host.ssh.hostKeyFile])).stdout.split(' ')[1] ?? ''
  }

  async down(): Promise<void> {
    await this.ssh.down()
    await this.lab.down()
    await rm(this.home, { recursive: true, force: true })
  }
}
