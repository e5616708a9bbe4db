import type { PodNetworkChoice } from '../../common/contract/index.ts'
import { badRequest, hasReason } from '../../common/errors.ts'
import { ConfigMaps } from '../../common/kube/kinds.ts'
import { NETWORK_CONFIG, networkMode } from '../../common/kube/pod-network.ts'
import type { NetworkMode } from '../../common/kube/pod-network.ts'
import type { Client } from '../../engine/client/client.ts'
import { getIfThere } from '../../engine/client/retry.ts'

const { namespace, name, key } = NETWORK_CONFIG

/** What the cluster asks for. A text that names no way is told as it is; the nodes' conditions say what is done meanwhile. */
export async function podNetworkChoice(client: Client): Promise<PodNetworkChoice> {
  const text = (await getIfThere(client, ConfigMaps, namespace, name))?.data?.[key]
  const mode = text === undefined ? 'auto' : networkMode(text)
  return mode === undefined ? { mode: undefined, text: text ?? '' } : { mode }
}

/** Asks for another way. */
export async function choosePodNetwork(client: Client, mode: NetworkMode): Promise<void> {
  if (networkMode(mode) === undefined) throw badRequest(`"${mode}" is no way for pods' traffic between nodes.`)
  try {
    await client.patch(ConfigMaps, namespace, name, 'application/merge-patch+json', { data: { [key]: mode } })
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error
    await client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: { [key]: mode } })
  }
}
