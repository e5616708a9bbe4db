import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'

/** A machine that the cluster runs on. The node of the same name is made of it. How a desk logs in to it, the desk knows itself. */
export interface Server extends KubeObject {
  spec: ServerSpec
  status?: ServerStatus
}

export interface ServerSpec {
  /** The machine that the engine runs on, by its own Docker; nothing else is set then. */
  local?: boolean
  /** Where SSH finds it: a name, an address, or an entry of the desk's ~/.ssh/config. */
  host?: string
  /** Default: as ~/.ssh/config says, else 22. */
  port?: number
  /** Default: as ~/.ssh/config says, else root. */
  user?: string
  /** The failure zone, a label of the node. */
  zone?: string
}

export interface ServerStatus {
  /** How the engine's connection to it is. */
  phase?: 'Connecting' | 'Connected' | 'Unreachable'
  /** Why it is unreachable: an SshErrorCode, and a sentence. */
  reason?: string
  message?: string
  /** It is tried again by itself. */
  retries?: boolean
}

export const Servers: Resource<Server> = { group: 'toque.dev', version: 'v1', kind: 'Server', plural: 'servers', namespaced: false }

/** The node's label that says in which failure zone its server is. */
export const ZONE_LABEL = 'topology.kubernetes.io/zone'

/** What of a spec decides how the server is connected to: with another one, it is opened anew. */
export function connectionOf({ local, host, port, user }: ServerSpec): string {
  return JSON.stringify([local, host, port, user])
}

/** Holds a deleted server until what Toque put on it is taken away. */
export const SERVER_FINALIZER = 'toque.dev/leave'

/** For people: `deploy@web-1:2222`, as far as the spec says it. */
export function serverTarget({ host = '', user, port }: ServerSpec): string {
  return `${user === undefined ? '' : `${user}@`}${host}${port === undefined || port === 22 ? '' : `:${String(port)}`}`
}
