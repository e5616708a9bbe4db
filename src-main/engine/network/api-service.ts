import { networkInterfaces } from 'node:os'
import { timestamp } from '../../common/clock.ts'
import type { NodeCondition } from '../../common/kube/generated/core-v1.ts'
import { API_REACHABLE } from '../../common/kube/node-conditions.ts'
import type { LiveValue } from '../../common/rpc/live-value.ts'
import type { Backend, ServicePortModel } from './service-model.ts'

/** The Service that pods reach the API by. */
const API_SERVICE = 'default/kubernetes:'

/** The way from a node to the engine's API. */
export interface ApiWay {
  /** The port on 127.0.0.1 there; 0: none. */
  port: number
  /** It is this machine's own port, and a way only if the node is this machine itself (not a VM that its Docker is in). */
  local?: boolean
  /** Why there is none, a sentence. */
  problem?: string
}

/** It changes with each connection to the node. */
export type LiveApiWay = Pick<LiveValue<ApiWay>, 'get' | 'onChange'>

/**
 * The engine's API as a backend, where pods can reach it: by a port that the node forwards, or because the engine runs on the node itself, which shows by the pods'
 * gateway being one of this machine's own addresses. Elsewhere (Docker Desktop's VM) undefined: the Service refuses.
 */
export function apiBackend(gateway: string, { port, local }: ApiWay): Backend | undefined {
  if (port === 0) return undefined
  const here = local !== true || Object.values(networkInterfaces()).some((addresses) => addresses?.some((a) => a.address === gateway) === true)
  return here ? { ip: '127.0.0.1', port, local: true, ending: false } : undefined
}

/** The connections to the API's Service, for the node to forget when the way has changed: their next packet goes the new way and is refused there, instead of waiting in vain. */
export function apiFlows(models: readonly ServicePortModel[]): string[] {
  return models.filter(({ name }) => name.startsWith(API_SERVICE)).map(({ clusterIP, port }) => `-p tcp --orig-dst ${clusterIP} --orig-port-dst ${String(port)}`)
}

/** What a node says of its pods' way to the API; undefined where nothing is known of it. */
export function apiCondition({ port, local, problem }: ApiWay, now: number): NodeCondition | undefined {
  if (problem === undefined && (port === 0 || local === true)) return undefined
  const says = problem === undefined
    ? { status: 'True', reason: 'Forwarded', message: 'Pods on this node reach the API at the Service "kubernetes"' }
    : { status: 'False', reason: 'NotForwarded', message: `Pods on this node cannot reach the API at the Service "kubernetes". ${problem}` }
  return { type: API_REACHABLE, lastTransitionTime: timestamp(now), ...says }
}

/** The models, with the API's Service, which has no pods, leading to `backend`. */
export function withApi(models: readonly ServicePortModel[], backend: Backend | undefined): ServicePortModel[] {
  return models.map((model) => {
    if (backend === undefined || !model.name.startsWith(API_SERVICE) || model.all.length > 0) return model
    return { ...model, internal: [backend], external: [backend], all: [backend] }
  })
}
