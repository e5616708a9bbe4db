import type { IncomingHttpHeaders } from 'node:http'
import { badRequest } from '../../../common/errors.ts'
import { AUTHENTICATED, UNAUTHENTICATED, serviceAccountGroups } from '../authentication/groups.ts'
import type { Caller } from '../rest/core.ts'
import type { Attributes } from './attributes.ts'
import { forbidden } from './forbidden.ts'
import type { Rbac } from './rbac.ts'

const ANONYMOUS = 'system:anonymous'
const AUTHENTICATION = 'authentication.k8s.io'
const EXTRA = 'impersonate-extra-'
const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/

/** As whom a request asks to be answered (`kubectl --as`). Forbidden for who may not; the caller themselves where nothing is asked. */
export function impersonated(caller: Caller, headers: IncomingHttpHeaders, rbac: Rbac): Caller {
  const user = one(headers['impersonate-user'])
  const groups = all(headers['impersonate-group'])
  const uid = one(headers['impersonate-uid'])
  const extra = extraIn(headers)
  if (user === '') {
    if (groups.length > 0 || uid !== '' || extra.size > 0) throw badRequest('requested a group, uid or extra to impersonate without a user')
    return caller
  }
  const check = (resource: string, name: string, namespace = '', group = ''): void => {
    const attributes: Attributes = { caller, verb: 'impersonate', resource: { group, resource, name, namespace } }
    const { allowed, reason } = rbac.authorize(attributes)
    if (!allowed) throw forbidden(attributes, reason)
  }
  const [, namespace = '', account = ''] = ACCOUNT.exec(user) ?? []
  if (account === '') check('users', user)
  else check('serviceaccounts', account, namespace)
  for (const group of groups) check('groups', group)
  if (uid !== '') check('uids', uid, '', AUTHENTICATION)
  for (const [key, values] of extra) for (const value of values) check(`userextras/${key}`, value, '', AUTHENTICATION)
  // Groups that are asked for are all there are, but for those that everybody has.
  const own = groups.length > 0 || account === '' ? groups : serviceAccountGroups(namespace)
  return {
    user, groups: [...new Set([...own, user === ANONYMOUS ? UNAUTHENTICATED : AUTHENTICATED])], ...(uid === '' ? {} : { uid }), ...(extra.size === 0 ? {} : { extra: Object.fromEntries(extra) }),
  }
}

/** `Impersonate-Extra-scopes: view`: the key is escaped as in a URL, for it may be any text. */
function extraIn(headers: IncomingHttpHeaders): Map<string, string[]> {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(EXTRA))
  return new Map(found.map(([name, values]) => [unescaped(name.slice(EXTRA.length)), all(values)]))
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function one(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? ''
}

/** Node joins repeated headers of a name by a comma. */
function all(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().flatMap((line) => line.split(',')).map((group) => group.trim()).filter((group) => group !== '')
}
