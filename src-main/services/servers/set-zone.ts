import { badRequest } from '../../common/errors.ts'
import { Servers } from '../../common/kube/server.ts'
import type { Client } from '../../engine/client/client.ts'

const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/

/** Puts a server into another failure zone ('': none): in its spec, which its node follows. */
export async function setZone(client: Client, name: string, zone: string): Promise<void> {
  if (!LABEL_VALUE.test(zone)) throw badRequest(`"${zone}" cannot be a zone: up to 63 letters, digits, dashes, dots and underscores, beginning and ending with a letter or digit.`)
  await client.patch(Servers, '', name, 'application/merge-patch+json', { spec: { zone: zone === '' ? null : zone } })
}
