import type { ClaimRef, S3Keys } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { isServerLossPolicy } from '../../common/kube/claim-data.ts'
import type { ServerLossPolicy } from '../../common/kube/claim-data.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Secret } from '../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, Secrets } from '../../common/kube/kinds.ts'
import { ON_SERVER_LOSS } from '../../common/kube/local-data.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { parseQuantity, wholeNumber } from '../../common/kube/quantity.ts'
import { NodeTaint } from '../../common/kube/taints.ts'
import { VolumeBackups } from '../../common/kube/volume-copies.ts'
import { getIfThere } from '../../engine/client/retry.ts'
import { keptVolume } from './volume-parts.ts'
import type { VolumeParts } from './volume-parts.ts'

type Parts = Pick<VolumeParts, 'client'>

/** Writes the claim's own policy; undefined takes it away. Resolves with the one before. */
export async function setServerLoss({ client }: Parts, { namespace, name }: ClaimRef, policy: ServerLossPolicy | undefined): Promise<ServerLossPolicy | undefined> {
  const { metadata } = await client.get(PersistentVolumeClaims, namespace, name)
  const before = metadata.annotations?.[ON_SERVER_LOSS]
  await client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid: metadata.uid, annotations: { [ON_SERVER_LOSS]: policy ?? null } } })
  return before !== undefined && isServerLossPolicy(before) ? before : undefined
}

/** Raises what the claim asks for. */
export async function expandClaim({ client }: Parts, { namespace, name }: ClaimRef, size: string): Promise<void> {
  const claim = await client.get(PersistentVolumeClaims, namespace, name)
  const asked = claim.spec.resources?.requests?.['storage'] ?? '0'
  const wanted = parseQuantity(size)
  if (wanted === undefined || wanted <= 0) throw badRequest(`"${size}" is no size. One looks like 20Gi or 500Mi.`)
  if (wanted <= wholeNumber(asked)) throw badRequest(`It asks for ${asked} already: a volume grows, and never shrinks.`)
  await client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid: claim.metadata.uid }, spec: { resources: { requests: { storage: size } } } })
}

/** Says that the claim's server is off, by the taint that `kubectl taint` would set, and that its newest copy shall take its place. The copy first: the taint is what sets it going. */
export async function restoreLost(parts: VolumeParts, ref: ClaimRef): Promise<void> {
  const { client } = parts
  const { at: { node: name } } = await keptVolume(parts, ref)
  const server = await getIfThere(client, Nodes, '', name)
  if (server !== undefined && isConditionTrue(server.status?.conditions, 'Ready')) throw badRequest(`The server ${name} answers: the data is there, and nothing has to be brought back.`)
  const good = (await client.list(VolumeBackups, { namespace: ref.namespace })).items.filter((b) => b.spec.claimName === ref.name && b.status?.phase === 'Succeeded' && b.metadata.deletionTimestamp === undefined)
  if (good.every((b) => b.spec.target.server?.name === name)) throw badRequest(good.length === 0 ? `There is no good backup of "${ref.name}".` : `All backups of "${ref.name}" are on server ${name} itself.`)
  await setServerLoss(parts, ref, 'restore')
  if (server === undefined || server.spec?.taints?.some((t) => t.key === NodeTaint.outOfService) === true) return
  const { uid, resourceVersion } = server.metadata
  const taints = [...server.spec?.taints ?? [], { key: NodeTaint.outOfService, value: 'nodeshutdown', effect: 'NoExecute' }]
  await client.patch(Nodes, '', name, 'application/merge-patch+json', { metadata: { uid, resourceVersion }, spec: { taints } })
}

/** Names of Secrets that have both keys. */
export async function s3Secrets({ client }: Parts, namespace: string): Promise<string[]> {
  return (await client.list(Secrets, { namespace })).items.filter(holdsKeys).map((s) => s.metadata.name).sort()
}

/** Makes the Secret, or puts new keys into it. */
export async function saveS3Keys({ client }: Parts, { namespace, name, accessKeyId, secretAccessKey }: S3Keys): Promise<void> {
  if (accessKeyId.trim() === '' || secretAccessKey.trim() === '') throw badRequest('Give both the access key ID and the secret access key.')
  const data = { accessKeyId: base64(accessKeyId.trim()), secretAccessKey: base64(secretAccessKey.trim()) }
  const there = await getIfThere(client, Secrets, namespace, name)
  if (there === undefined) return void await client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data })
  if (!holdsKeys(there)) throw badRequest(`There is a Secret "${name}" in ${namespace} that holds something else: choose another name.`)
  await client.patch(Secrets, namespace, name, 'application/merge-patch+json', { metadata: { uid: there.metadata.uid }, data })
}

function holdsKeys({ data }: Frozen<Secret>): boolean {
  return data?.['accessKeyId'] !== undefined && data['secretAccessKey'] !== undefined
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
