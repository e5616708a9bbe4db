import { hasReason } from '../../common/errors.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Client } from './client.ts'

const TRIES = 5

/**
 * Writes an object's status from a fresh read, again after a Conflict (five times at most). `change` gets a private copy and returns
 * false when nothing is to be written. Resolves with the object as stored; undefined when it is gone or is another one (`uid`).
 */
export async function changeStatus<T extends KubeObject>(
  client: Client, resource: Resource<T>, at: { namespace: string; name: string; uid?: string }, change: (copy: T) => boolean,
): Promise<Frozen<T> | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const current = await client.get(resource, at.namespace, at.name)
      if (at.uid !== undefined && current.metadata.uid !== at.uid) return undefined
      const copy = structuredClone(current) as T
      return change(copy) ? await client.updateStatus(resource, copy) : current
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined
      if (!hasReason(error, 'Conflict') || attempt >= TRIES) throw error
    }
  }
}

/** Puts another status in the place of an object's, from a fresh read, and only where it says something else; see `changeStatus`. */
export async function replaceStatus<T extends KubeObject & { status?: unknown }>(
  client: Client, resource: Resource<T>, { metadata: { namespace = '', name, uid } }: { metadata: { namespace?: string; name: string; uid: string } }, next: (copy: T) => T['status'],
): Promise<void> {
  await changeStatus(client, resource, { namespace, name, uid }, (copy) => {
    const status = next(copy)
    const isNew = !semanticEqual(status, copy.status)
    copy.status = status
    return isNew
  })
}

/** An object; undefined when there is none. */
export async function getIfThere<T extends KubeObject>(client: Client, resource: Resource<T>, namespace: string, name: string): Promise<Frozen<T> | undefined> {
  try {
    return await client.get(resource, namespace, name)
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined
    throw error
  }
}

/** Does something to an object that may be gone by now: then there is nothing to do. */
export async function ignoreMissing(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error
  }
}

/** Deletes; an object that is gone already, or is another one by now (`uid`), is fine. Resolves with whether this call did it. */
export async function deleteIfThere(
  client: Client, resource: Resource, object: { metadata: { namespace?: string; name?: string; uid?: string } },
  options: { gracePeriodSeconds?: number; propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' } = {},
): Promise<boolean> {
  const { namespace = '', name = '', uid } = object.metadata
  try {
    await client.delete(resource, namespace, name, { ...options, ...(uid === undefined ? {} : { preconditions: { uid } }) })
    return true
  } catch (error) {
    if (hasReason(error, 'NotFound', 'Conflict')) return false
    throw error
  }
}
