import type { Kind, Lookup } from '../../registry/kind.ts'
import { serviceAccountGroups } from '../../authentication/groups.ts'
import { Rbac, serviceAccountUser } from '../../authorization/rbac.ts'
import type { Activation } from '../../cel/evaluate.ts'
import { Authorizer } from '../../cel/functions/authorizer.ts'
import type { DecideAccess } from '../../cel/functions/authorizer.ts'
import type { Value } from '../../cel/values.ts'
import { plainValue } from '../../custom/rules/values.ts'
import { describeRequest } from '../attributes.ts'
import { type AdmissionRequest, namespaceOf } from '../request.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'

/** A request's objects in the version that a rule matched. */
export interface Matched {
  readonly kind: Kind
  readonly object: Readonly<KubeObject> | undefined
  readonly oldObject: Readonly<KubeObject> | undefined
}

/** What the names stand for in one request, each made when it is first asked for. */
export function namesOf(request: AdmissionRequest, matched: Matched, lookup: Pick<Lookup, 'get' | 'list'>): Activation {
  const made = new Map<string, Value>()
  const make = (name: string): Value | undefined => {
    switch (name) {
      case 'object': return plainValue(matched.object)
      case 'oldObject': return plainValue(matched.oldObject)
      case 'request': return plainValue(describeRequest(request, matched.kind))
      case 'authorizer': return authorizerOf(request, lookup)
      default: return undefined
    }
  }
  return {
    get(name) {
      const known = made.get(name)
      if (known !== undefined) return known
      const value = make(name)
      if (value !== undefined) made.set(name, value)
      return value
    },
  }
}

function authorizerOf(request: AdmissionRequest, lookup: Pick<Lookup, 'get' | 'list'>): Authorizer {
  const { kind: { resource: { group, plural } }, subresource, name, write: { caller } } = request
  const rbac = new Rbac(lookup)
  const decide: DecideAccess = ({ verb, path, ...asked }, account) => {
    const who = account === undefined ? caller : { user: serviceAccountUser(account.namespace, account.name), groups: [...serviceAccountGroups(account.namespace), 'system:authenticated'] }
    if (path !== undefined) return rbac.authorize({ caller: who, verb, path })
    const resource = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`
    return rbac.authorize({ caller: who, verb, resource: { group: asked.group, resource, namespace: asked.namespace, name: asked.name } })
  }
  return new Authorizer(decide, { group, resource: plural, subresource, namespace: namespaceOf(request), name })
}
