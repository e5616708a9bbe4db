import { apiMachinery } from './api-machinery/not-here.ts'
import { apps } from './apps/not-here.ts'
import { architecture } from './architecture/not-here.ts'
import { auth } from './auth/not-here.ts'
import { cli } from './cli/not-here.ts'
import { instrumentation } from './instrumentation/not-here.ts'
import { network } from './network/not-here.ts'
import { node } from './node/not-here.ts'
import { scheduling } from './scheduling/not-here.ts'
import { storage } from './storage/not-here.ts'

/** Names of the list that have no test here, and why: sentences for those who want to know what Toque does not promise. */
export const NOT_HERE: Readonly<Record<string, string>> = { ...apiMachinery, ...apps, ...architecture, ...auth, ...cli, ...instrumentation, ...network, ...node, ...scheduling, ...storage }
