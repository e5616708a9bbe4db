import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../../e2e/lab/lab.ts'
import type { LabHost } from '../../../e2e/lab/lab-host.ts'
import { SshLab } from './testing/ssh-lab.ts'

let lab: Lab
let ssh: SshLab
let server: LabHost
beforeAll(async () => {
  lab = await Lab.up({ hosts: 1, noImages: true })
  ssh = await SshLab.on(lab)
  server = lab.host(1)
  await ssh.user(server, 'deploy', 'pass word 1', ['docker'])
  await ssh.user(server, 'nobody2', 'pass word 2')
  await ssh.sshd(server, 2201, ['AllowStreamLocalForwarding no'])
})
afterAll(async () => {
  await ssh?.down()
  await lab?.down()
})

const version = async (host: { docker: { version(): Promise<{ Version: string }> } }): Promise<string> => (await host.docker.version()).Version

describe('Docker', () => {
  test('is reached by a forwarded socket', async () => {
    const host = ssh.open(ssh.target(server))
    expect(await version(host)).toMatch(/^\d/)
    expect(host.dockerWay).toBe('streamlocal')
    expect((await host.docker.info() as { Name: string }).Name).toBe(server.name)
  })

  test('is reached through dial-stdio where sockets are not forwarded, also by 25 calls at once', async () => {
    const host = ssh.open(ssh.target(server, { port: 2201 }))
    const names = await Promise.all(Array.from({ length: 25 }, async () => (await host.docker.info() as { Name: string }).Name))
    expect(names).toEqual(Array.from({ length: 25 }, () => server.name))
    expect(host.dockerWay).toBe('dial-stdio')
  })
})

test('a command, its streams and its code', async () => {
  const host = ssh.open(ssh.target(server))
  expect(await host.run('cat; echo out; echo err >&2; exit 3', { input: 'in ' })).toEqual({ code: 3, stdout: 'in out\n', stderr: 'err\n' })
})

test('a shell', async () => {
  const host = ssh.open(ssh.target(server))
  const { stream, exit } = await host.shell({ columns: 101, rows: 31 })
  let seen = ''
  stream.on('data', (chunk: Buffer) => (seen += chunk.toString()))
  stream.write('stty size; exit 7\n')
  expect(await exit).toBe(7)
  expect(seen).toContain('31 101')
})

test('30 streams at once, and a port that refuses', async () => {
  const host = ssh.open(ssh.target(server))
  // A queue for as many: where 30 connect to one that is shorter, the kernel answers some with SYN cookies, and may then reset them.
  await server.exec('socat TCP-LISTEN:8081,bind=127.0.0.1,fork,backlog=64 EXEC:cat >/dev/null 2>&1 & until ss -ltn | grep -q :8081; do sleep 0.1; done')
  const asked = Array.from({ length: 30 }, (_, i) => `hello ${String(i)}`)
  const answers = await Promise.all(asked.map(async (hello) => {
    const stream = await host.dial('127.0.0.1', 8081)
    stream.end(hello)
    return await text(stream)
  }))
  expect(answers).toEqual(asked)
  await expect(host.dial('127.0.0.1', 9)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
