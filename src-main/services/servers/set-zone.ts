import { badRequest } from '../../common/errors.ts'
import { isLabelValue } from '../../common/kube/labels.ts'
import { Servers } from '../../common/kube/server.ts'
import type { Client } from '../../engine/client/client.ts'

/** Puts a server into another failure zone ('': none): in its spec, which its node follows. */
export async function setZone(client: Client, name: string, zone: string): Promise<void> {
  if (zone !== '' && !isLabelValue(zone)) throw badRequest(`"${zone}" cannot be a zone: up to 63 letters, digits, dashes, dots and underscores, beginning and ending with a letter or digit.`)
  await client.patch(Servers, '', name, 'application/merge-patch+json', { spec: { zone: zone === '' ? null : zone } })
}
