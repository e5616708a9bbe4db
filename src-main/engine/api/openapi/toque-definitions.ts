import type { Schema } from './definitions.ts'
import { CERTIFICATE } from './toque/certificate.ts'
import { OUTBOUND } from './toque/outbound.ts'
import { REBALANCE } from './toque/rebalance.ts'
import { ROLLOUT } from './toque/rollout.ts'
import { SERVER } from './toque/server.ts'
import { VOLUME_COPY_DEFINITIONS } from './toque/volume-copy.ts'

/** The kinds of the group toque.dev, described as Kubernetes describes its own. By name, beside Kubernetes' definitions. */
export const TOQUE_DEFINITIONS: Readonly<Record<string, Schema>> = { ...SERVER, ...CERTIFICATE, ...OUTBOUND, ...REBALANCE, ...ROLLOUT, ...VOLUME_COPY_DEFINITIONS }
