import type { ConfigMap } from '../../../common/kube/generated/core-v1.ts'
import { ConfigMaps, Roles } from '../../../common/kube/kinds.ts'
import { KUBE_SYSTEM } from '../../../common/kube/well-known.ts'
import type { Api } from '../api.ts'
import { FRONT_PROXY } from '../pki/front-proxy.ts'
import type { FrontProxy } from '../pki/front-proxy.ts'
import { lookupOf } from '../rest/core.ts'
import type { WriteOptions } from '../rest/core.ts'
import { same } from '../rest/same.ts'

const NAME = 'extension-apiserver-authentication'
const READER = `${NAME}-reader`

/** Says, where API servers behind this one look for it, whose clients they may trust, and who may say for whom a request is. And a role to read that by. */
export async function publishAuthentication(api: Api, clientCa: string, { ca }: FrontProxy, options: WriteOptions): Promise<void> {
  const data = {
    'client-ca-file': clientCa, 'requestheader-allowed-names': JSON.stringify([FRONT_PROXY]), 'requestheader-client-ca-file': ca,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]', 'requestheader-group-headers': '["X-Remote-Group"]', 'requestheader-username-headers': '["X-Remote-User"]',
  }
  const lookup = lookupOf(api.core)
  const known: Readonly<ConfigMap> | undefined = lookup.get(ConfigMaps, KUBE_SYSTEM, NAME)
  if (known === undefined) await api.create(ConfigMaps, KUBE_SYSTEM, { metadata: { name: NAME }, data }, options)
  else if (!same({ ...known.data, ...data }, known.data)) await api.update(ConfigMaps, KUBE_SYSTEM, NAME, { ...known, data: { ...known.data, ...data } }, options)
  if (lookup.get(Roles, KUBE_SYSTEM, READER) !== undefined) return
  await api.create(Roles, KUBE_SYSTEM, { metadata: { name: READER, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }, rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [NAME], verbs: ['get', 'list', 'watch'] }] }, options)
}
