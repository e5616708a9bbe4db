import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MoveRequest, MoveStepName } from '../../src-main/common/contract/index.ts'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { database } from '../harness/database.ts'
import { docker } from '../harness/floors.ts'
import { MovingShop } from '../harness/moving-shop.ts'

// Moves that are left at every one of their steps, in both directions, and engines that are killed in the middle: under load and written to all the while, the old one serves again, or the
// next engine brings the move to its end. Not one request of the web app may fail, and every row whose commit was told must be there.
let shop: MovingShop
const TO_CLUSTER: MoveRequest = { to: 'kubernetes', from: 'shop' }
const TO_SWARM: MoveRequest = { to: 'swarm', from: 'shop' }
const STEPS: MoveStepName[] = ['make', 'startStateless', 'stopData', 'startData', 'switchTraffic', 'stopOld']

beforeAll(async () => {
  shop = await MovingShop.open()
})
afterAll(() => shop?.close())
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await shop?.explain()
})

async function leftAt(what: MoveRequest, at: MoveStepName): Promise<void> {
  await shop.follow(shop.screens.services.moves.run(what), ({ step, phase }) => phase === 'moving' && step === at)
  expect(await shop.stateWhere(({ phase, problem }) => phase === 'takenBack' && problem !== undefined)).toMatchObject({ problem: 'It was broken off.' })
  await shop.nothingLost()
  await shop.runsIn(what.to === 'kubernetes' ? 'swarm' : 'cluster')
  await shop.screens.services.moves.finish('shop')
}

test.each(STEPS)('to the cluster, left at %s: the stack serves as before', (at) => leftAt(TO_CLUSTER, at))

test('killed while the database is down: the next engine knows, refuses another move, and goes on to the end', async () => {
  await shop.killAt(shop.screens.services.moves.run(TO_CLUSTER), 'startData')
  await shop.stateWhere(({ phase }) => phase === 'interrupted')
  const { problems } = await shop.screens.services.moves.plan(TO_CLUSTER).catch((error: Error) => ({ problems: [{ severity: 'error', message: error.message }] }))
  expect(problems.map(({ message }) => message).join()).toMatch(/was left in the middle|No task of db runs/)
  expect(await shop.follow(shop.screens.services.moves.goOn('shop'))).toMatchObject({ phase: 'moved' })
  await shop.nothingLost()
  await shop.runsIn('cluster')
})

test.each(STEPS)('to the swarm, left at %s: the cluster serves as before', (at) => leftAt(TO_SWARM, at))

test('killed just after the traffic was switched: the next engine takes it back', async () => {
  await shop.killAt(shop.screens.services.moves.run(TO_SWARM), 'stopOld')
  await shop.stateWhere(({ phase }) => phase === 'interrupted')
  expect(await shop.follow(shop.screens.services.moves.takeBack('shop'))).toMatchObject({ phase: 'takenBack' })
  await shop.nothingLost()
  await shop.runsIn('cluster')
})

test('a move that is done is taken back by a click, too; finished, what was left of the other side goes, and the volume stays', async () => {
  await shop.follow(shop.screens.services.moves.run(TO_SWARM))
  await shop.runsIn('swarm')
  await shop.follow(shop.screens.services.moves.takeBack('shop'))
  await shop.nothingLost()
  await shop.runsIn('cluster')
  await shop.follow(shop.screens.services.moves.run(TO_SWARM))
  await shop.screens.services.moves.finish('shop')
  await shop.nothingLost()
  await shop.runsIn('swarm')
  expect(await shop.team.kubectl(['get', 'deployments,statefulsets,services', '--namespace', 'shop', '-o', 'name'])).toBe('')
  expect(await docker(shop.one, 'volume', 'ls', '--quiet', '--filter', 'name=shop')).toBe('shop_data')
})

test('an app that was born in the cluster, alone of its namespace: its volume is the same in the swarm, and when it comes back', async () => {
  const { team, screens } = shop
  await team.apply({ apiVersion: 'v1', kind: 'List', items: database('orders') })
  await team.kubectl(['wait', '--for=condition=Ready', 'pod/orders-0', '--timeout=90s'])
  await team.kubectl(['exec', 'orders-0', '--', 'psql', '-qtAX', '-h', '127.0.0.1', '-c', 'create table notes(text text); insert into notes values (1234)'])
  const { spec: { volumeName = '' } } = await team.get<PersistentVolumeClaim>('pvc', 'data-orders-0')
  const { spec: { nodeName } } = await team.get<Pod>('pod', 'orders-0')
  const server = team.hosts.find(({ name }) => name === nodeName) ?? shop.one

  expect(await shop.follow(screens.services.moves.run({ to: 'swarm', from: 'default', as: 'orders', only: ['orders'] }))).toMatchObject({ phase: 'moved' })
  const task = await docker(server, 'ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=orders_orders')
  expect(await docker(server, 'inspect', '--format', '{{range .Mounts}}{{.Name}}{{end}}', task)).toBe(`toque_${volumeName}`)
  expect(await docker(server, 'exec', task, 'psql', '-qtAX', '-h', '127.0.0.1', '-c', 'select text from notes')).toBe('1234')
  await screens.services.moves.finish('orders')
  // Not even deleting the claim would take the data along.
  expect(await team.kubectl(['get', 'pv', volumeName, '-o', 'jsonpath={.spec.persistentVolumeReclaimPolicy}'])).toBe('Retain')

  expect(await shop.follow(screens.services.moves.run({ to: 'kubernetes', from: 'orders', as: 'default' }))).toMatchObject({ phase: 'moved' })
  // Behind whatever claim, it is the same Docker volume.
  const claim = (await team.get<Pod>('pod', 'orders-0')).spec.volumes?.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])[0] ?? ''
  const { spec } = await team.get<PersistentVolume>('pv', (await team.get<PersistentVolumeClaim>('pvc', claim)).spec.volumeName ?? '')
  expect(spec.csi?.volumeHandle).toBe(`${server.name}/toque_${volumeName}`)
  await eventually('the note', async () => (await team.kubectl(['exec', 'orders-0', '--', 'psql', '-qtAX', '-h', '127.0.0.1', '-c', 'select text from notes'])).trim() === '1234')
  await screens.services.moves.finish('orders')
})
