import type { IncomingMessage } from 'node:http'
import { trailOf } from '../audit/trails.ts'
import type { Caller } from '../rest/core.ts'
import { attributesOf } from './attributes.ts'
import { forbidden } from './forbidden.ts'
import { impersonated } from './impersonate.ts'
import type { Rbac } from './rbac.ts'

/** As whom a request is answered. Throws Forbidden where they may not do what it asks; `isPublic`: everybody may. */
export function allowed(rbac: Rbac, caller: Caller, request: IncomingMessage, url: URL, isPublic = false): Caller {
  const who = impersonated(caller, request.headers, rbac)
  if (isPublic) return who
  const attributes = attributesOf(who, request.method ?? 'GET', url)
  const decision = rbac.authorize(attributes)
  trailOf(request)?.decided(who, decision.allowed, decision.reason)
  if (!decision.allowed) throw forbidden(attributes, decision.reason)
  return who
}
