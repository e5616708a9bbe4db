import { expect } from 'vitest'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { apiVersionOf, groupResourceOf, pathOf } from '../../../../common/kube/resource.ts'
import type { Kind } from '../../registry/kind.ts'
import { EXAMPLES } from './examples.ts'
import type { Example } from './examples.ts'
import type { Answer, Json, Sent, Wire } from './http.ts'

/** Where objects that live in a namespace are put. */
export const NAMESPACE = 'default'

/** One kind under test, as one rule sees it: its objects are the rule's own. */
export class Subject {
  readonly wire: Wire
  readonly kind: Kind
  readonly example: Example
  /** A word of the rule, in all its objects' names and labels. */
  readonly word: string

  constructor(wire: Wire, kind: Kind, word: string) {
    const example = EXAMPLES[groupResourceOf(kind.resource)]
    if (example === undefined) throw new Error(`${groupResourceOf(kind.resource)} has no example: add a minimal valid one to testing/contract/examples.ts`)
    this.wire = wire
    this.kind = kind
    this.example = example
    this.word = word
  }

  get apiVersion(): string {
    return apiVersionOf(this.kind.resource)
  }

  name(which = 'one'): string {
    const word = `${this.word}-${which}`
    return this.example.name?.(word) ?? word
  }

  /** The path of the collection, or of an object. */
  path(name?: string, subresource?: string): string {
    return pathOf(this.kind.resource, NAMESPACE, name, subresource)
  }

  /** A whole object, ready to be created. */
  body(which = 'one', metadata: object = {}): Json & { metadata: Json } {
    const name = this.name(which)
    const { apiVersion, kind: { resource: { kind } } } = this
    return { apiVersion, kind, metadata: { name, labels: { rule: this.word, which }, ...metadata }, ...this.example.body(name) }
  }

  async create(which = 'one', metadata: object = {}): Promise<KubeObject> {
    return this.ok('POST', this.path(), { body: this.body(which, metadata) }, 201)
  }

  async read(which = 'one'): Promise<KubeObject> {
    return this.ok('GET', this.path(this.name(which)))
  }

  ask(method: string, path: string, sent?: Sent): Promise<Answer> {
    return this.wire.ask(method, path, sent)
  }

  /** Asks for what must be given. */
  async ok<T = KubeObject>(method: string, path: string, sent: Sent = {}, code = 200): Promise<T> {
    const answer = await this.ask(method, path, sent)
    expect(answer.code, `${method} ${path}: ${answer.bytes.toString().slice(0, 500)}`).toBe(code)
    return answer.json as T
  }

  /** Asks for what must be refused, with a Status. */
  async refused(method: string, path: string, sent: Sent, code: number, reason: string): Promise<Json> {
    const { json, code: got } = await this.ask(method, path, sent)
    expect({ code: got, ...json }, `${method} ${path}`).toMatchObject({ code, kind: 'Status', status: 'Failure', reason })
    return json
  }

  /** Deletes, and lets go whatever holds the object. */
  async erase(which = 'one'): Promise<void> {
    const path = this.path(this.name(which))
    const { json } = await this.ask('DELETE', path)
    // Nothing is left: that it is so is asked by the rules about deletes.
    if (json['kind'] === 'Status' && json['status'] === 'Success') return
    await this.ask('PATCH', path, { type: 'application/merge-patch+json', body: { metadata: { finalizers: null } } })
    if (this.kind.resource.kind === 'Namespace') await this.ask('PUT', `${path}/finalize`, { body: { ...this.body(which), spec: { finalizers: [] } } })
    await this.refused('GET', path, {}, 404, 'NotFound')
  }
}

/** Something that is so of every kind. Each rule makes its own objects and leaves none. */
export interface Rule {
  readonly name: string
  /** Kinds that it is about; default all that are stored. */
  about?(kind: Kind): boolean
  check(subject: Subject): Promise<void>
}

/** An annotation that changes an object of any kind without changing what it is. */
export function noted(value: string): { metadata: { annotations: Record<string, string> } } {
  return { metadata: { annotations: { note: value } } }
}

/** The annotation of `noted`. */
export function noteOf(object: KubeObject): string | undefined {
  return object.metadata.annotations?.['note']
}

export const MERGE = 'application/merge-patch+json'
export const JSON_PATCH = 'application/json-patch+json'
export const STRATEGIC = 'application/strategic-merge-patch+json'
export const APPLY = 'application/apply-patch+yaml'
