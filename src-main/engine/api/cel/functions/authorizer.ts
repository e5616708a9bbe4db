import { Opaque } from '../values.ts'
import type { Value } from '../values.ts'
import type { Overload } from './define.ts'
import { define } from './define.ts'

/** What an expression asks whether somebody may do. */
export interface AskedAccess {
  readonly verb: string
  /** Of what is no resource. */
  readonly path?: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

/** Decides for one who asks. `account`: for this service account instead. */
export type DecideAccess = (asked: AskedAccess, account?: { readonly namespace: string; readonly name: string }) => { readonly allowed: boolean; readonly reason: string }

const NOTHING: Omit<AskedAccess, 'verb'> = { group: '', resource: '', subresource: '', namespace: '', name: '' }

/** What expressions know as `authorizer`: may who asks do this or that? */
export class Authorizer extends Opaque {
  readonly typeName = 'authorizer'
  readonly decide: DecideAccess
  readonly #requestResource: Omit<AskedAccess, 'verb'>

  /** `requestResource`: what the request itself is about. */
  constructor(decide: DecideAccess, requestResource: Omit<AskedAccess, 'verb'>) {
    super()
    this.decide = decide
    this.#requestResource = requestResource
  }

  override field(name: string): Value | undefined {
    return name === 'requestResource' ? new ResourceCheck(this.decide, this.#requestResource) : undefined
  }

  /** The same for a service account. */
  as(namespace: string, name: string): Authorizer {
    return new Authorizer((asked) => this.decide(asked, { namespace, name }), this.#requestResource)
  }

  equals(other: Opaque): boolean {
    return this === other
  }
}

abstract class Check extends Opaque {
  readonly decide: DecideAccess
  readonly asked: Omit<AskedAccess, 'verb'>

  constructor(decide: DecideAccess, asked: Omit<AskedAccess, 'verb'>) {
    super()
    this.decide = decide
    this.asked = asked
  }

  equals(other: Opaque): boolean {
    return this === other
  }
}

class PathCheck extends Check {
  readonly typeName = 'pathCheck'
}

class GroupCheck extends Check {
  readonly typeName = 'groupCheck'
}

class ResourceCheck extends Check {
  readonly typeName = 'resourceCheck'
}

class Decision extends Opaque {
  readonly typeName = 'decision'
  readonly allowed: boolean
  readonly reason: string

  constructor(allowed: boolean, reason: string) {
    super()
    this.allowed = allowed
    this.reason = reason
  }

  equals(other: Opaque): boolean {
    return this === other
  }
}

function decision({ decide, asked }: Check, verb: string): Decision {
  const { allowed, reason } = decide({ ...asked, verb })
  return new Decision(allowed, reason)
}

/** Kubernetes' functions of who may do what. */
export const AUTHORIZER: readonly Overload[] = [
  define('authorizer.path(string): pathCheck', ([{ decide }, path]: readonly [Authorizer, string]) => new PathCheck(decide, { ...NOTHING, path })),
  define('authorizer.group(string): groupCheck', ([{ decide }, group]: readonly [Authorizer, string]) => new GroupCheck(decide, { ...NOTHING, group })),
  define('authorizer.serviceAccount(string, string): authorizer', ([authorizer, namespace, name]: readonly [Authorizer, string, string]) => authorizer.as(namespace, name)),
  define('groupCheck.resource(string): resourceCheck', ([{ decide, asked }, resource]: readonly [GroupCheck, string]) => new ResourceCheck(decide, { ...asked, resource })),
  define('resourceCheck.subresource(string): resourceCheck', ([{ decide, asked }, subresource]: readonly [ResourceCheck, string]) => new ResourceCheck(decide, { ...asked, subresource })),
  define('resourceCheck.namespace(string): resourceCheck', ([{ decide, asked }, namespace]: readonly [ResourceCheck, string]) => new ResourceCheck(decide, { ...asked, namespace })),
  define('resourceCheck.name(string): resourceCheck', ([{ decide, asked }, name]: readonly [ResourceCheck, string]) => new ResourceCheck(decide, { ...asked, name })),
  define('resourceCheck.check(string): decision', ([check, verb]: readonly [ResourceCheck, string]) => decision(check, verb)),
  define('pathCheck.check(string): decision', ([check, verb]: readonly [PathCheck, string]) => decision(check, verb)),
  define('decision.allowed(): bool', ([{ allowed }]: readonly [Decision]) => allowed),
  define('decision.reason(): string', ([{ reason }]: readonly [Decision]) => reason),
  // Roles are looked up in memory: there is nothing that could go wrong.
  define('decision.errored(): bool', () => false),
  define('decision.error(): string', () => ''),
]
