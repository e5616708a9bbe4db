import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AddServerOutput } from '../../src-main/common/contract/index.ts'
import type { Node } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { openScreens, type Screens } from '../harness/screens.ts'
import { Team } from '../harness/team.ts'
import { firstLine } from '../lab/first-line.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { repository } from '../lab/places.ts'

// Servers that cannot be added: one sentence each that says what is wrong and what to do, and nothing is left behind.
let team: Team
let screens: Screens
beforeAll(async () => {
  team = await Team.up(1)
  await team.lab.grow(2)
  screens = await openScreens(team.toque.url)
})
afterAll(async () => {
  screens?.close()
  await team?.down()
})

/** Adds a server as the form does, and resolves with how it ended. */
async function add(host: LabHost): Promise<AddServerOutput> {
  const talk = screens.services.servers.add()
  await talk.send({ type: 'begin', request: { host: host.address, user: 'root' } })
  for await (const said of talk) {
    if (said.type === 'host-key') await talk.send({ type: 'trust', yes: true })
    if (said.type === 'done' || said.type === 'failed') return said
  }
  throw new Error('it ended without a word')
}

async function refused(host: LabHost): Promise<string> {
  const end = await add(host)
  if (end.type !== 'failed') throw new Error(`it was added: ${JSON.stringify(end)}`)
  console.log(`${end.why.reason}: ${end.why.message}`)
  expect(await team.kubectl(['get', 'servers', '-o', 'name'])).toBe(`server.toque.dev/${team.lab.host(1).name}\n`)
  expect((await host.exec('docker ps -aq; docker volume ls -q; docker network ls -q --filter label=toque.dev/cluster')).stdout).toBe('')
  return `${end.why.reason} ${end.why.message}`
}

test('a server in a network of the pods', async () => {
  const host = team.lab.host(2)
  const { items: [first] } = await team.get<{ items: Node[] }>('nodes')
  const cidr = first?.spec.podCIDR ?? ''
  await host.exec(`ip link add lan type bridge && ip link set lan up && ip addr add ${cidr.replace(/0\/24$/, '77/24')} dev lan`)
  const said = await refused(host)
  expect(said).toMatch(new RegExp(`^NetworkClash The server's own network ${cidr.replace(/0\/24$/, '77/24')} has the same addresses as the pods on ${first?.metadata.name ?? ''} .* Give the server another network`))
  // By kubectl, there is nobody to tell but the object.
  await team.add(host)
  await eventually('the Server to say what is wrong', async () => /NotANode .*has the same addresses as the pods on/.test(await team.kubectl(['describe', 'server', host.name])))
  await team.kubectl(['delete', 'server', host.name])
  await host.exec('ip link del lan')
})

test('a server whose clock is two hours ahead', async () => {
  const host = team.lab.host(2)
  await host.exec('mkdir -p /usr/local/bin; cat >/usr/local/bin/date; chmod +x /usr/local/bin/date', { input: '#!/bin/sh\nexec faketime -f +7200s /bin/date "$@"\n' })
  expect(await refused(host)).toMatch(/^ClockSkew The clock of the server is 7[12]\d\d s ahead of this desk's\. Set it right \(timedatectl set-ntp true\), then try again\./)
  await host.exec('rm /usr/local/bin/date')
})

test('a server whose Docker is too old', async () => {
  const host = team.lab.host(2)
  await host.exec('mv /var/run/docker.sock /var/run/real.sock')
  const old = host.spawn(['node', '--input-type=module', '-e', await readFile(join(repository, 'e2e/harness/old-docker.fixture.mjs'), 'utf8'), '/var/run/docker.sock', '/var/run/real.sock'], { stdio: ['pipe', 'pipe', 'inherit'] })
  if (old.stdout === null) throw new Error('no pipe')
  await firstLine(old.stdout)
  const end = await add(host)
  expect(end).toMatchObject({ type: 'failed', why: { message: expect.stringMatching(/Docker 19\.03\.15 .*is too old \(API 1\.40\): Toque needs Docker Engine 20\.10 or newer\. Update it/) as string } })
  console.log(end)
  old.stdin?.end()
  await host.exec('mv /var/run/real.sock /var/run/docker.sock')
})

test('the same server, with all of that put right, is added', async () => {
  expect(await add(team.lab.host(2))).toEqual({ type: 'done', name: team.lab.host(2).name })
  await team.nodesReady(2)
})
