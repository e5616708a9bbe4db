import { parse } from 'yaml'

interface Kubeconfig {
  'contexts': { name: string; context: { namespace?: string; user?: string } }[]
  'current-context': string
  'users': { name: string; user: object }[]
}

/** The same kubeconfig, with a namespace of its own. */
export function inNamespace(kubeconfig: string, namespace: string): string {
  const config = parse(kubeconfig) as Kubeconfig
  for (const { context } of config.contexts) context.namespace = namespace
  return JSON.stringify(config)
}

/** The same kubeconfig, without anybody's credentials. */
export function withoutUser(kubeconfig: string): string {
  const config = parse(kubeconfig) as Kubeconfig
  return JSON.stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: {} })) })
}
