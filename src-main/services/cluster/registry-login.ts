import type { RegistryLogin } from '../../common/contract/index.ts'
import { badRequest, hasReason } from '../../common/errors.ts'
import type { Secret, ServiceAccount } from '../../common/kube/generated/core-v1.ts'
import { Secrets, ServiceAccounts } from '../../common/kube/kinds.ts'
import type { Draft } from '../../common/kube/object.ts'
import type { Client } from '../../engine/client/client.ts'
import { getIfThere } from '../../engine/client/retry.ts'

/** As `docker login` writes it. */
const DOCKER_HUB = 'https://index.docker.io/v1/'
const TRIES = 5
const ACCOUNT = 'default'

/** Keeps a registry's credentials in a Secret, which every new pod of the namespace pulls with, unless it names secrets or a service account of its own. */
export async function saveRegistryLogin(client: Client, login: RegistryLogin): Promise<void> {
  const secret = registrySecret(login)
  const { name } = secret.metadata
  const existing = await getIfThere(client, Secrets, login.namespace, name)
  if (existing === undefined) await client.create(Secrets, secret)
  else await client.patch(Secrets, login.namespace, name, 'application/merge-patch+json', { data: secret.data })
  await attach(client, login.namespace, name)
}

/** The Secret that `kubectl create secret docker-registry` would make. Throws BadRequest with what is wrong with the login. Pure. */
export function registrySecret({ namespace, server, username, password }: RegistryLogin): Draft<Secret> & { metadata: { name: string } } {
  const address = server.trim().replace(/^https?:\/\//, '').replace(/\/+$/, '')
  const isHub = ['', 'docker.io', 'hub.docker.com', 'index.docker.io', 'index.docker.io/v1', 'registry-1.docker.io'].includes(address)
  if (!isHub && !/^[a-z0-9*]([a-z0-9.*-]*[a-z0-9])?(:\d{1,5})?(\/[\w./-]*)?$/i.test(address)) throw badRequest(`"${server}" is no registry's address. It should look like ghcr.io or registry.example.com:5000.`)
  if (username.trim() === '') throw badRequest('Say which user the registry knows you as.')
  if (password === '') throw badRequest('Give the password, or a token that the registry has made for you.')
  const user = username.trim()
  const auths = { [isHub ? DOCKER_HUB : address]: { username: user, password, auth: Buffer.from(`${user}:${password}`).toString('base64') } }
  const slug = (isHub ? 'docker-hub' : address).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
  return {
    apiVersion: 'v1', kind: 'Secret', metadata: { name: `registry-${slug}`.slice(0, 200), namespace },
    type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
  }
}

async function attach(client: Client, namespace: string, secret: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const account = await getIfThere(client, ServiceAccounts, namespace, ACCOUNT)
      if (account?.imagePullSecrets?.some(({ name }) => name === secret) === true) return
      if (account === undefined) await client.create(ServiceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace }, imagePullSecrets: [{ name: secret }] })
      else {
        const copy = structuredClone(account) as ServiceAccount
        copy.imagePullSecrets = [...copy.imagePullSecrets ?? [], { name: secret }]
        await client.update(ServiceAccounts, copy)
      }
      return
    } catch (error) {
      // A controller makes the account of a new namespace at the same time.
      if (!hasReason(error, 'Conflict', 'AlreadyExists') || attempt >= TRIES) throw error
    }
  }
}
