import { rm } from 'node:fs/promises'
import type { AddServerOutput, DrivingState } from '../../src-main/common/contract/index.ts'
import type { HeadlessProcess } from './headless-process.ts'
import { openScreens } from './screens.ts'
import type { Screens } from './screens.ts'
import type { Team } from './team.ts'

/** What is to be ended after a test, the last first. */
export type Ends = (() => Promise<unknown>)[]

/** A desk's screens, until then. */
export async function pageUntil(ends: Ends, toque: HeadlessProcess): Promise<Screens> {
  const page = await openScreens(toque.url)
  ends.push(async () => page.close())
  return page
}

/** Another desk, with a home of its own, until then. */
export async function anotherDeskUntil(ends: Ends, team: Team): Promise<{ toque: HeadlessProcess; home: string }> {
  const desk = await team.anotherDesk()
  ends.push(async () => {
    await desk.toque.end('SIGTERM')
    await rm(desk.home, { recursive: true, force: true })
  })
  return desk
}

/** Who drives, as a desk's screens show it. */
export async function drivingState(page: Screens): Promise<DrivingState> {
  for await (const now of page.services.driving.watch()) return now
  throw new Error('no state')
}

/** Gives a desk the address of another desk's server and recovery keys, one after the other; resolves with all that the dialog was told. */
export async function joinCluster(page: Screens, address: string, keys: string[]): Promise<AddServerOutput[]> {
  const channel = page.services.servers.add()
  await channel.send({ type: 'begin', request: { host: address, user: 'root' } })
  const said: AddServerOutput[] = []
  for await (const output of channel) {
    said.push(output)
    if (output.type === 'other-cluster') await channel.send({ type: 'join', recoveryKey: keys.shift() })
    if (output.type === 'failed') console.log(output.why)
    if (['joined', 'failed', 'done'].includes(output.type)) break
  }
  return said
}
