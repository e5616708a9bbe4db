import type { SwarmApi } from '../docker/swarm-api.ts'
import type { SwarmList, SwarmObjects } from './picture.ts'

/** Reads lists from a manager, all at the same time. Rejects with Docker's error of the first that fails. */
export async function readLists(api: SwarmApi, lists: Iterable<SwarmList>): Promise<Partial<SwarmObjects>> {
  const read: { [List in SwarmList]: () => Promise<SwarmObjects[List]> } = {
    services: () => api.services({ counted: true }), tasks: () => api.tasks(), nodes: () => api.nodes(), networks: () => api.networks(), secrets: () => api.files('secret'),
    // What they hold is for nobody who looks at a picture.
    configs: async () => (await api.files('config')).map((config) => ({ ...config, Spec: { Name: config.Spec.Name, Labels: config.Spec.Labels ?? {} } })),
  }
  return Object.fromEntries(await Promise.all([...lists].map(async (list) => [list, await read[list]()] as const))) as Partial<SwarmObjects>
}
