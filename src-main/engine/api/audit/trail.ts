import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../common/clock.ts'
import { badRequest } from '../../../common/errors.ts'
import type { StatusError } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Attributes } from '../authorization/attributes.ts'
import { attributesOf } from '../authorization/attributes.ts'
import { UNAUTHENTICATED } from '../authentication/groups.ts'
import { mediaTypeOf, parseBody } from '../http/body.ts'
import { parseResourcePath, urlOf } from '../http/path.ts'
import type { Caller } from '../rest/core.ts'
import type { AuditEvent, AuditUser, ObjectReference, Stage } from './event.ts'
import type { Line } from './log-file.ts'
import { decide } from './policy.ts'
import { keepTrail } from './trails.ts'
import type { Trail } from './trails.ts'
import type { AuditDecision, AuditPolicy } from './policy.ts'

/** Where events go, and what decides on them. */
export interface AuditSink {
  readonly policy: AuditPolicy
  readonly clock: Clock
  /** Requests whose answers are not over. */
  readonly open: Set<AuditTrail>
  write(line: Line): void
}

const NOBODY: Caller = { user: 'system:anonymous', groups: [UNAUTHENTICATED] }
/** What an event without bodies takes, about. */
const EVENT_BYTES = 1024
/** An event that is longer loses its bodies. */
const LONGEST_EVENT = 256 * 1024

/** One request on its way: told of who it is, what is decided and what is answered, it writes the events that the policy asks for. */
export class AuditTrail implements Trail {
  readonly #sink: AuditSink
  readonly #request: IncomingMessage
  readonly #ends: ServerResponse | Duplex
  readonly #url: URL
  readonly #received: string
  /** A request that has broken off has no socket any more. */
  readonly #from: string | undefined
  readonly #annotations: Record<string, string> = {}
  readonly id = randomUUID()
  #attributes: Attributes | undefined
  #decision: AuditDecision | undefined
  #actsAs: Caller | undefined
  #body: { bytes: Buffer; type: string } | undefined
  #answer: object | undefined
  #failure: StatusError | undefined
  #status = 0

  /** Begins with a request; `ends` is closed when its answer is over. */
  constructor(sink: AuditSink, request: IncomingMessage, ends: ServerResponse | Duplex) {
    this.#sink = sink
    this.#request = request
    this.#received = this.#now()
    this.#from = request.socket.remoteAddress
    this.#url = readable(request)
    keepTrail(request, this)
    if ('setHeader' in ends) {
      keepTrail(ends, this)
      ends.setHeader('Audit-Id', this.id)
    }
    this.#ends = ends
    sink.open.add(this)
    ends.once('close', () => this.end())
  }

  comesFrom(caller: Caller = NOBODY): void {
    this.#attributes = attributesOf(caller, this.#request.method ?? 'GET', this.#url)
    this.#decision = decide(this.#sink.policy, this.#attributes)
    if (!this.#decision.onlyRefused) this.#write('RequestReceived')
  }

  decided(who: Caller, allowed: boolean, reason: string): void {
    if (who !== this.#attributes?.caller) this.#actsAs = who
    this.#annotations['authorization.k8s.io/decision'] = allowed ? 'allow' : 'forbid'
    if (reason !== '') this.#annotations['authorization.k8s.io/reason'] = reason
  }

  annotates(key: string, value: string): void {
    this.#annotations[key] = value
  }

  asked(bytes: Buffer): void {
    const level = this.#decision?.level
    if (bytes.length > 0 && (level === 'Request' || level === 'RequestResponse')) this.#body = { bytes, type: mediaTypeOf(this.#request) }
  }

  answers(object: unknown): void {
    if (this.#answer === undefined && typeof object === 'object' && object !== null) this.#answer = object
  }

  begins(status: number): void {
    this.#status = status
    if (this.#decision?.onlyRefused === false) this.#write('ResponseStarted')
  }

  fails(error: StatusError): void {
    if (this.#attributes === undefined) this.comesFrom()
    this.#failure = error
    this.#status = error.code
  }

  /** The answer is over, or nobody looks any more. */
  end(): void {
    if (!this.#sink.open.delete(this) || this.#attributes === undefined) return
    if ('setHeader' in this.#ends) this.#status = this.#ends.headersSent ? this.#ends.statusCode : 0
    this.#write(this.#failure?.reason === 'InternalError' ? 'Panic' : 'ResponseComplete')
  }

  #write(stage: Stage): void {
    const decision = this.#decision
    if (decision === undefined || decision.level === 'None' || decision.omitStages.has(stage)) return
    if (decision.onlyRefused && this.#status !== 401 && this.#status !== 403) return
    const stageTimestamp = this.#now()
    const event = this.#event(stage, decision, stageTimestamp)
    const [body, answer] = stage === 'RequestReceived' ? [undefined, undefined] : [this.#body, decision.level === 'RequestResponse' ? this.#failure?.toStatus() ?? this.#answer : undefined]
    const bytes = EVENT_BYTES + (body?.bytes.length ?? 0) + event.requestURI.length
    this.#sink.write({ bytes, text: () => lineOf(event, body, answer, decision.omitManagedFields) })
  }

  #event(stage: Stage, { level }: AuditDecision, stageTimestamp: string): AuditEvent {
    const { caller = NOBODY, verb = '' } = this.#attributes ?? {}
    const userAgent = this.#request.headers['user-agent']
    const objectRef = this.#reference()
    return {
      kind: 'Event', apiVersion: 'audit.k8s.io/v1', level, auditID: this.id, stage, requestURI: this.#request.url ?? '/', verb, user: userOf(caller),
      ...(this.#actsAs === undefined ? {} : { impersonatedUser: userOf(this.#actsAs) }),
      ...(this.#from === undefined ? {} : { sourceIPs: [this.#from] }), ...(userAgent === undefined ? {} : { userAgent }), ...(objectRef === undefined ? {} : { objectRef }),
      ...(stage === 'RequestReceived' ? {} : { responseStatus: this.#responseStatus() }), requestReceivedTimestamp: this.#received, stageTimestamp,
      ...(Object.keys(this.#annotations).length === 0 ? {} : { annotations: { ...this.#annotations } }),
    }
  }

  #responseStatus(): NonNullable<AuditEvent['responseStatus']> {
    if (this.#failure === undefined) return { metadata: {}, code: this.#status }
    const { status = 'Failure', message = '', reason = '', details } = this.#failure.toStatus()
    return { metadata: {}, status, message, reason, ...(details === undefined ? {} : { details }), code: this.#status }
  }

  #reference(): ObjectReference | undefined {
    const path = parseResourcePath(this.#url.pathname)
    if (path === undefined) return undefined
    const { resource: { group, version, plural }, subresource, namespace } = path
    // What a new object is called, and which one it is, is in the answer alone.
    const { name: made = '', uid = '', resourceVersion = '' } = (this.#answer as Partial<KubeObject> | undefined)?.metadata ?? {}
    const name = path.name ?? made
    const fields = { namespace, name, uid, apiGroup: group, resourceVersion, subresource: subresource ?? '' }
    return { resource: plural, apiVersion: version, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')) }
  }

  /** Microseconds, as upstream writes them. */
  #now(): string {
    return new Date(this.#sink.clock.now()).toISOString().replace('Z', '000Z')
  }
}

/** What is asked for; the root where the client's words are no path, which is refused. */
function readable(request: IncomingMessage): URL {
  try {
    return urlOf(request)
  } catch {
    return new URL('https://localhost/')
  }
}

function userOf({ user, uid, groups, extra }: Caller): AuditUser {
  return { username: user, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) }
}

function lineOf(event: AuditEvent, body: { bytes: Buffer; type: string } | undefined, answer: object | undefined, omitManagedFields: boolean): string {
  const shown = (object: unknown): unknown => (omitManagedFields ? withoutManagedFields(object) : object)
  const whole = `${JSON.stringify({ ...event, ...(body === undefined ? {} : { requestObject: shown(read(body)) }), ...(answer === undefined ? {} : { responseObject: shown(answer) }) })}\n`
  return whole.length <= LONGEST_EVENT ? whole : `${JSON.stringify({ ...event, annotations: { ...event.annotations, 'audit.k8s.io/truncated': 'true' } })}\n`
}

function read({ bytes, type }: { bytes: Buffer; type: string }): unknown {
  try {
    return parseBody(bytes, type === 'application/apply-patch+yaml' ? 'application/yaml' : type)
  } catch {
    return badRequest('the body of the request cannot be read').toStatus()
  }
}

function withoutManagedFields(object: unknown): unknown {
  const { metadata } = (object ?? {}) as Partial<KubeObject>
  if (metadata?.managedFields === undefined) return object
  const { managedFields: _, ...rest } = metadata
  return { ...(object as object), metadata: rest }
}
