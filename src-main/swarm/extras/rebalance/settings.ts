import type { Mount } from '../../docker/specs.ts'
import type { SwarmService } from '../../docker/types.ts'
import type { Asked } from '../labels.ts'
import { asksFor, ASKS, LabelReader, labelsOf, NOT_ASKED, unasked } from '../labels.ts'
import { modeOf } from '../service-state.ts'

/** How a service is to be spread again. */
export interface RebalanceSettings {
  /** A node that came must have stayed for so long. */
  readonly settleSeconds: number
}

const SETTLE_S = 60
/** File systems that every server can reach: a volume of one of these is no server's own. */
const SHARED = /^(nfs4?|cifs|smb3?|ceph|glusterfs|9p)$/
/** Paths of the server itself, which are the same on every server: nothing of an app's is kept there. */
const OF_THE_SERVER = /^\/(proc|sys|dev|run|var\/run|usr|lib|boot|etc\/localtime|etc\/timezone|etc\/ssl)(\/|$)|\.sock$/

/** Reads `toque.rebalance` and what belongs to it; refuses where a move would take data away or begin work anew. Pure. */
export function readRebalance(service: SwarmService): Asked<RebalanceSettings> {
  const nothing = unasked(service, ASKS.rebalance)
  if (nothing !== undefined) return nothing
  const labels = new LabelReader(labelsOf(service), ASKS.rebalance, ['', 'settle'])
  const { problems } = labels
  const word = labels.word('', ['true', 'false'])
  const settleSeconds = labels.seconds('settle', 0, 3600) ?? SETTLE_S
  if (labels.text('') === undefined) problems.push(`${ASKS.rebalance} is missing: set it to true.`)
  if (word === 'false' && problems.length === 0) return NOT_ASKED
  const mode = modeOf(service)
  if (mode !== 'replicated') problems.push(`Only a replicated service can be spread again, and this one is ${mode}: remove its ${ASKS.rebalance} labels.`)
  if (asksFor(service, ASKS.schedule)) problems.push(`It has ${ASKS.schedule}, too: to make its tasks anew would run it at another time. Remove ${ASKS.rebalance}.`)
  const data = localData(service)
  if (data.length > 0) problems.push(`It keeps data on its server's disk (${data.join(', ')}), and would start empty elsewhere: it stays where it is. Remove ${ASKS.rebalance}, or keep the data where every server reaches it.`)
  return problems.length > 0 ? { is: 'refused', problems } : { is: 'asked', settings: { settleSeconds } }
}

/** What a service writes that is on its server alone: local volumes, and folders of the server. */
export function localData({ Spec }: SwarmService): string[] {
  return (Spec.TaskTemplate.ContainerSpec?.Mounts ?? []).filter((m) => m.ReadOnly !== true && isLocal(m)).map((m) => m.Source || m.Target || '')
}

function isLocal({ Type, Source = '', VolumeOptions }: Mount): boolean {
  if (Type === 'bind') return !OF_THE_SERVER.test(Source)
  const { Name, Options } = VolumeOptions?.DriverConfig ?? {}
  // A volume without a name ends with its task.
  return Type === 'volume' && Source !== '' && (Name === undefined || Name === '' || Name === 'local') && !SHARED.test(Options?.['type'] ?? '')
}
