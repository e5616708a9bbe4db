import type { Kind } from '../registry/kind.ts'
import { type AdmissionRequest, namespaceOf } from './request.ts'

/** What webhooks are told of a request, and expressions call `request`, without its objects. `matched`: the version that a rule matched. */
export function describeRequest(request: AdmissionRequest, matched: Kind): Record<string, unknown> {
  const { operation, kind, objectKind, subresource, name, options, write: { caller: { user, uid, groups, extra }, dryRun = false, asked = kind } } = request
  const namespace = namespaceOf(request)
  const kindIn = ({ resource: { group, version, kind: called } }: Kind): object => {
    const said = objectKind ?? { group, version, kind: called }
    return { group: said.group, version: said.version, kind: said.kind }
  }
  const resourceIn = ({ resource: { group, version, plural } }: Kind): object => ({ group, version, resource: plural })
  return {
    kind: kindIn(matched), resource: resourceIn(matched), ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kindIn(asked), requestResource: resourceIn(asked), ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }), ...(namespace === '' ? {} : { namespace }), operation,
    userInfo: { username: user, ...(uid === undefined ? {} : { uid }), groups: [...groups], ...(extra === undefined ? {} : { extra }) },
    dryRun, ...(options === undefined ? {} : { options }),
  }
}
