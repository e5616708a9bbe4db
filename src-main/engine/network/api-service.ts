import { networkInterfaces } from 'node:os'
import type { Backend, ServicePortModel } from './service-model.ts'

/** The Service that pods reach the API by. */
const API_SERVICE = 'default/kubernetes:'

/**
 * The engine's API as a backend, where pods can reach it: the engine runs on the node itself, which shows by the pods' gateway being
 * one of this machine's own addresses. Elsewhere (Docker Desktop's VM, another server) undefined: the Service refuses.
 */
export function apiBackend(gateway: string, port: number): Backend | undefined {
  if (port === 0) return undefined
  const here = Object.values(networkInterfaces()).some((addresses) => addresses?.some((a) => a.address === gateway) === true)
  return here ? { ip: '127.0.0.1', port, local: true, ending: false } : undefined
}

/** The models, with the API's Service, which has no pods, leading to `backend`. */
export function withApi(models: readonly ServicePortModel[], backend: Backend | undefined): ServicePortModel[] {
  return models.map((model) => {
    if (backend === undefined || !model.name.startsWith(API_SERVICE) || model.all.length > 0) return model
    return { ...model, internal: [backend], external: [backend], all: [backend] }
  })
}
