import type { RegistryLogin } from '../../common/contract/index.ts'
import type { RegistryAuth } from '../docker/types.ts'
import { registryAuth, registryOf } from './service-edits.ts'

/** Where logins are kept beyond a restart: whoever keeps them encrypts them. */
export interface LoginStore {
  load(): RegistryLogin[]
  save(logins: readonly RegistryLogin[]): void
}

/** The registries that a stack's images are pulled from with a login. Swarm keeps a service's own beside its spec; these are for services to come. */
export class RegistryLogins {
  readonly #store: LoginStore
  readonly #logins: Map<string, RegistryLogin>

  constructor(store: LoginStore) {
    this.#store = store
    this.#logins = new Map(store.load().map((login) => [keyOf(login.namespace, registryAuth(login).registry), login]))
  }

  /** Replaces what was kept for the same stack and registry. Throws BadRequest with what is wrong with it. */
  save(login: RegistryLogin): void {
    this.#logins.set(keyOf(login.namespace, registryAuth(login).registry), login)
    this.#store.save([...this.#logins.values()])
  }

  /** What an image of a stack is pulled with; undefined: nothing. */
  for(namespace: string, image: string): RegistryAuth | undefined {
    const login = this.#logins.get(keyOf(namespace, registryOf(image)))
    return login === undefined ? undefined : registryAuth(login).auth
  }
}

function keyOf(namespace: string, registry: string): string {
  return `${namespace} ${registry}`
}
