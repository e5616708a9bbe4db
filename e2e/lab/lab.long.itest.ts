import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from './lab.ts'
import { run } from './run.ts'
import { tracesOf } from './traces.ts'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.up({ hosts: 2 })
})
afterAll(async () => {
  await lab?.down()
  expect(await tracesOf(lab.id)).toEqual([])
})

const reaches = async (): Promise<boolean> =>
  (await lab.host(1).exec(`timeout 0.5 bash -c '</dev/tcp/${lab.host(2).address}/22'`, { anyCode: true })).code === 0

test('servers have names, addresses and Dockers of their own, on overlay2', async () => {
  for (const host of lab.hosts) {
    const { stdout } = await host.exec(`docker info --format '{{.Name}} {{.Driver}}'`)
    expect(stdout.trim()).toBe(`${host.name} overlay2`)
  }
})

test('a server that is cut off is silent, and back when healed', async () => {
  expect(await reaches()).toBe(true)
  await lab.host(2).cut()
  expect(await reaches()).toBe(false)
  await lab.host(2).heal()
  expect(await reaches()).toBe(true)
})

test('only this machine is cut off from a server: the others, and clients outside, still reach it', async () => {
  const { address } = lab.host(2)
  const reach = async (...enter: string[]): Promise<boolean> => (await run('timeout', ['1', ...enter, 'bash', '-c', `</dev/tcp/${address}/22`], { anyCode: true })).code === 0
  await lab.host(2).cutMachine()
  expect(await reach()).toBe(false)
  expect(await reach(...lab.outside)).toBe(true)
  expect(await reaches()).toBe(true)
  await lab.host(2).healMachine()
  expect(await reach()).toBe(true)
})

test('a power cut stops everything and keeps the disk; after the start Docker brings back what it should', async () => {
  const host = lab.host(1)
  const { stdout: id } = await host.exec('docker run --detach --restart unless-stopped nginx')
  console.log(`container ${id}`)
  await host.exec('echo kept >/root/note; sync')
  await host.kill()
  await expect(async () => host.exec('true')).rejects.toThrow('is off')
  await host.start()
  expect((await host.exec('cat /root/note')).stdout).toBe('kept\n')
  expect((await host.exec('docker ps --quiet --no-trunc')).stdout).toBe(id)
})

test('sshd lets the lab\'s key in', async () => {
  const { ssh } = lab.host(1)
  const { stdout } = await lab.host(2).exec(
    `umask 077; cat >/root/key; ssh -o StrictHostKeyChecking=accept-new -o LogLevel=ERROR -i /root/key ${ssh.user}@${ssh.host} hostname`,
    { input: await (await import('node:fs/promises')).readFile(ssh.keyFile) },
  )
  expect(stdout.trim()).toBe(lab.host(1).name)
})

test('Docker can be stopped and started', async () => {
  await lab.host(2).stopDocker()
  expect((await lab.host(2).exec('docker version', { anyCode: true })).code).not.toBe(0)
  await lab.host(2).startDocker()
  await lab.host(2).exec('docker version')
})

test('in a routed lab servers reach each other, but share no link', async () => {
  await using routed = await Lab.up({ hosts: 2, noImages: true, routed: true })
  const [a, b] = [routed.host(1), routed.host(2)]
  expect((await a.exec(`timeout 2 bash -c '</dev/tcp/${b.address}/22'`, { anyCode: true })).code).toBe(0)
  expect((await a.exec(`ip route get ${b.address}`)).stdout).toContain(`via ${a.address.replace(/\d+$/, '2')} dev eth0`)
  // What the kernel refuses there is what tunnels are for.
  expect((await a.exec(`ip route add 10.244.9.0/24 via ${b.address}`, { anyCode: true })).stderr).toMatch(/invalid gateway/)
  await b.cut()
  expect((await a.exec(`timeout 0.5 bash -c '</dev/tcp/${b.address}/22'`, { anyCode: true })).code).not.toBe(0)
  await b.heal()
  expect((await a.exec(`timeout 5 bash -c '</dev/tcp/${b.address}/22'`, { anyCode: true })).code).toBe(0)
})

test('a second lab stands beside, on a network of its own', async () => {
  await using other = await Lab.up({ noImages: true })
  expect(other.host(1).address).not.toBe(lab.host(1).address)
  expect((await other.host(1).exec('docker ps --quiet')).stdout).toBe('')
})
