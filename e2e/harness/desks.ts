import type { AddServerOutput, DrivingState } from '../../src-main/common/contract/index.ts'
import type { Screens } from './screens.ts'

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
