import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../../e2e/lab/lab.ts'
import type { LabHost } from '../../../e2e/lab/lab-host.ts'
import { run } from '../../../e2e/lab/run.ts'
import { userSshConfig } from './config/read-config.ts'
import { SshLab } from './testing/ssh-lab.ts'

const PASSWORD = 'correct horse 1'
const PASSPHRASE = 'battery staple'
let lab: Lab
let ssh: SshLab
let server: LabHost
let agent: ChildProcess | undefined
beforeAll(async () => {
  lab = await Lab.up({ hosts: 2, noImages: true })
  ssh = await SshLab.on(lab)
  server = lab.host(1)
  await ssh.user(server, 'deploy', PASSWORD, ['docker'])
  await ssh.user(server, 'plain', PASSWORD)
  await ssh.sshd(server, 2201, ['UsePAM yes', 'PasswordAuthentication yes'])
  await ssh.sshd(server, 2202, ['UsePAM yes', 'KbdInteractiveAuthentication yes', 'PasswordAuthentication no'])
  await ssh.sshd(server, 2203, ['AuthenticationMethods publickey,password', 'UsePAM yes', 'PasswordAuthentication yes'])
  await ssh.sshd(server, 2204, ['AllowTcpForwarding no', 'AllowStreamLocalForwarding no'])
})
afterAll(async () => {
  agent?.kill()
  await ssh?.down()
  await lab?.down()
})

const whoami = async (host: { run(command: string): Promise<{ stdout: string }> }): Promise<string> => (await host.run('id -un')).stdout.trim()

describe('lets in', () => {
  test('a key with a passphrase, asked once for two connections', async () => {
    const file = await ssh.file('locked', await readFile(server.ssh.keyFile, 'utf8'))
    await run('ssh-keygen', ['-q', '-p', '-N', PASSPHRASE, '-f', file])
    ssh.asked.length = 0
    const host = ssh.open(ssh.target(server, { user: 'deploy', auth: [{ type: 'key', file }] }), { passphrase: PASSPHRASE })
    expect(await whoami(host)).toBe('deploy')
    // All at the same time: each waits for the last.
    const there = '/run/there'
    await server.exec(`install -m 666 /dev/null ${there}`)
    const sessions = await Promise.all(Array.from({ length: 12 }, () => host.run(`echo >>${there}; until [ "$(wc -l <${there})" -ge 12 ]; do sleep 0.05; done; echo $SSH_CONNECTION`)))
    expect(new Set(sessions.map((s) => s.stdout)).size).toBe(2)
    expect(ssh.asked).toEqual([`trust ${server.address}`, 'passphrase'])
  })

  test('an agent', async () => {
    const socket = join(ssh.dir, 'agent')
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    await expect.poll(() => run('ssh-add', ['-q', server.ssh.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } }).then(() => true, () => false)).toBe(true)
    expect(await whoami(ssh.open(ssh.target(server, { auth: [{ type: 'agent', socket }] })))).toBe('root')
  })

  test.each([['password', 2201], ['keyboard-interactive', 2202]])('a password by %s, and the user of the docker group to Docker', async (_, port) => {
    const host = ssh.open(ssh.target(server, { port, user: 'deploy', auth: [{ type: 'password' }] }), { password: PASSWORD })
    expect(await whoami(host)).toBe('deploy')
    expect((await host.docker.info() as { Name: string }).Name).toBe(server.name)
  })

  test('what the server asks', async () => {
    ssh.asked.length = 0
    const host = ssh.open(ssh.target(server, { port: 2202, user: 'deploy', auth: [{ type: 'keyboard-interactive' }] }), { answers: [PASSWORD] })
    expect(await whoami(host)).toBe('deploy')
    expect(ssh.asked.at(-1)).toBe('Password:')
  })

  test('a key and then a password', async () => {
    const target = ssh.target(server, { port: 2203, user: 'deploy' })
    const host = ssh.open({ ...target, auth: [{ type: 'password' }, ...target.auth] }, { password: PASSWORD })
    expect(await whoami(host)).toBe('deploy')
  })

  test('an entry of ~/.ssh/config, through a jump host', async () => {
    const { address, ssh: access } = lab.host(2)
    const home = join(ssh.dir, 'home')
    await run('mkdir', ['-p', join(home, '.ssh')])
    await writeFile(join(home, '.ssh/config'), `Host inner\n HostName ${server.address}\n User deploy\n ProxyJump jump\nHost jump\n HostName ${address}\n User root\nHost *\n IdentityFile ${access.keyFile}\n`)
    const config = userSshConfig({}, home)
    expect(config.aliases()).toEqual(['inner', 'jump'])
    const host = ssh.open(config.target('inner'))
    const { stdout } = await host.run('echo $SSH_CONNECTION')
    expect(stdout.split(' ')[0]).toBe(address)
    expect((await host.docker.info() as { Name: string }).Name).toBe(server.name)
  })
})

describe('says why not:', () => {
  const why = (port: number, user: string, auth: Parameters<SshLab['target']>[1], person = {}): Promise<unknown> =>
    ssh.open(ssh.target(server, { port, user, ...auth }), person).connected().then(() => 'connected', (error: unknown) => error)

  test('a wrong password, which is in no error', async () => {
    const error = await why(2201, 'deploy', { auth: [{ type: 'password' }] }, { password: 'wrong horse' })
    expect(error).toMatchObject({ code: 'auth-failed', message: expect.stringMatching(/did not let us in\. Tried: password\. Check user and password/) as unknown })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('wrong horse')
  })

  test('a wrong key', async () => {
    const file = join(ssh.dir, 'stranger')
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
    expect(await why(22, 'deploy', { auth: [{ type: 'key', file }] })).toMatchObject({ code: 'auth-failed', message: expect.stringContaining(`key ${file}`) as unknown })
  })

  test('a wrong passphrase, a key that is not there, no agent, no SSH', async () => {
    const locked = { auth: [{ type: 'key' as const, file: join(ssh.dir, 'locked') }] }
    expect(await why(22, 'root', locked, { passphrase: 'wrong' })).toMatchObject({ code: 'passphrase', message: expect.stringContaining('was wrong') as unknown })
    expect(await why(22, 'root', { auth: [{ type: 'key', file: '/nowhere/key' }] })).toMatchObject({ code: 'key-unreadable', message: expect.stringContaining('no such file') as unknown })
    expect(await why(22, 'root', { auth: [{ type: 'agent', socket: '/nowhere/agent' }] })).toMatchObject({ message: expect.stringContaining('ssh-agent cannot be used') as unknown })
    expect(await why(23, 'root', {})).toMatchObject({ code: 'refused', message: expect.stringContaining('no SSH server listens') as unknown })
  })

  test('a user who may not use Docker, and a server that forwards nothing', async () => {
    await expect(ssh.open(ssh.target(server, { user: 'plain' })).docker.ping()).rejects.toThrow(/plain may not use Docker.*sudo usermod -aG docker plain/)
    await expect(ssh.open(ssh.target(server, { port: 2204 })).dial('127.0.0.1', 22)).rejects.toThrow(/AllowTcpForwarding yes/)
  })

  test('Docker that is stopped, by either way; and is back by itself', async () => {
    const ways = [ssh.open(ssh.target(server)), ssh.open(ssh.target(server, { port: 2204 }))]
    await Promise.all(ways.map((host) => host.docker.ping()))
    expect(ways.map((host) => host.dockerWay)).toEqual(['streamlocal', 'dial-stdio'])
    await server.stopDocker()
    for (const host of ways) await expect(host.docker.listContainers()).rejects.toThrow(/Docker on .*(is not running|does not answer|hung up)/)
    await server.startDocker()
    for (const host of ways) await expect.poll(() => host.docker.ping().then(String, String)).toBe('OK')
  })
})

test('a changed host key stops everything, before anything secret is sent', async () => {
  await ssh.sshd(server, 2290, [])
  const before = ssh.open(ssh.target(server, { port: 2290 }))
  await before.connected()
  await before.close()
  await server.exec('kill $(cat /run/sshd-2290.pid); while [ -e /run/sshd-2290.pid ]; do sleep 0.02; done; ssh-keygen -q -t ecdsa -N "" -f /etc/ssh/other')
  await ssh.sshd(server, 2290, ['HostKey /etc/ssh/other'], false)
  ssh.asked.length = 0
  const host = ssh.open(ssh.target(server, { port: 2290, auth: [{ type: 'password' }] }), { password: PASSWORD })
  await expect(host.connected()).rejects.toMatchObject({ code: 'host-key-changed', message: expect.stringMatching(/CHANGED.*SHA256:.*ssh-keygen -R/) as unknown })
  expect(host.state).toMatchObject({ phase: 'unreachable', retryAt: undefined })
  expect(ssh.asked).toEqual([])
})

test('a host key that nobody trusts is not pinned', async () => {
  await ssh.sshd(server, 2299, [])
  const target = ssh.target(server, { port: 2299 })
  await expect(ssh.open(target, { trust: false }).connected()).rejects.toMatchObject({ code: 'host-key-rejected' })
  await ssh.open(target, { trust: true }).connected()
  ssh.asked.length = 0
  await ssh.open(target, { trust: false }).connected()
  expect(ssh.asked).toEqual([])
  const found = await run('ssh-keygen', ['-F', `[${server.address}]:2299`, '-f', ssh.knownHosts])
  expect(found.stdout).toContain('ssh-ed25519')
})
