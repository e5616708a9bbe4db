import type { Finding } from '../../../common/contract/index.ts'
import type { SwarmFacts } from '../facts.ts'
import type { Check } from '../finding.ts'
import { checkAddressPools } from './address-pools.ts'
import { checkClocks } from './clocks.ts'
import { checkDownNodes } from './down-nodes.ts'
import { checkImages } from './images.ts'
import { checkIpvs } from './ipvs.ts'
import { checkLogs } from './logs.ts'
import { checkManagers, checkPlaces } from './managers.ts'
import { checkMtu } from './mtu.ts'
import { checkPorts } from './ports.ts'
import { checkServers } from './servers.ts'
import { checkStuckTasks } from './stuck-tasks.ts'
import { checkVersions } from './versions.ts'
import { checkVolumes } from './volumes.ts'

/** Every check. */
export const CHECKS: readonly Check[] = [
  checkServers, checkManagers, checkDownNodes, checkPorts, checkIpvs, checkAddressPools, checkClocks, checkMtu, checkImages, checkStuckTasks, checkVolumes, checkPlaces, checkVersions, checkLogs,
]

const ORDER: Record<Finding['severity'], number> = { error: 0, warning: 1, info: 2 }

/** What all checks find, worst first. Pure. */
export function diagnose(facts: SwarmFacts): Finding[] {
  return CHECKS.flatMap((check) => check(facts)).sort((a, b) => ORDER[a.severity] - ORDER[b.severity])
}
