import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { eventually } from './containers.ts'
import type { Team } from './team.ts'

/** Between two requests, milliseconds; also how exactly `trafficMs` is known. */
const EACH_MS = 10
const REQUEST_MS = 1_000
/** So long without a failed request, and it is over. */
const QUIET_MS = 3_000

export interface Failover {
  /** From the power cut to the beginning of the last request that failed; 0: none did. */
  trafficMs: number
  failed: number
  requests: number
  /** From the power cut until as many pods as before are Ready on servers that are up. */
  readyMs: number
}

/** Cuts the power of `victim` under a website of `replicas` and measures from outside, by new connections to the node port of `through`. */
export async function failOver(team: Team, app: Deployment, victim: LabHost, through: LabHost, port: number): Promise<Failover> {
  const kube = await team.api()
  const replicas = app.spec?.replicas ?? 0
  const asked = { requests: 0, failed: 0, lastFailed: 0 }
  let stopped = false
  const traffic = (async () => {
    for (; !stopped; await sleep(EACH_MS)) {
      const began = performance.now()
      asked.requests += 1
      void answers(`http://${through.address}:${String(port)}/`).then((well) => {
        if (well) return
        asked.failed += 1
        asked.lastFailed = Math.max(asked.lastFailed, began)
      })
    }
  })()
  try {
    await sleep(500)
    if (asked.failed > 0) throw new Error('requests fail before anything was cut')
    const cut = performance.now()
    await victim.kill()
    await eventually('all replicas Ready on servers that are up', async () => {
      const pods = (await kube.podsOf(app)).filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.spec.nodeName !== victim.name && isPodReady(pod))
      return pods.length >= replicas
    }, 120_000)
    const readyMs = performance.now() - cut
    await eventually('no request to fail any more', () => Promise.resolve(performance.now() - Math.max(cut, asked.lastFailed) > QUIET_MS + REQUEST_MS))
    return { trafficMs: Math.max(0, asked.lastFailed - cut), failed: asked.failed, requests: asked.requests, readyMs }
  } finally {
    stopped = true
    await traffic
  }
}

/** Starts the server again and waits until it is a Ready node with nothing on it that should not be there. */
export async function comeBack(team: Team, victim: LabHost): Promise<void> {
  await victim.start()
  await team.nodesReady(team.hosts.length)
  await eventually('its old pods gone', async () => {
    const { items } = await team.get<{ items: { metadata: { uid: string; deletionTimestamp?: string }; spec: { nodeName?: string } }[] }>('pods', '-A')
    const wanted = new Set(items.filter((p) => p.metadata.deletionTimestamp === undefined && p.spec.nodeName === victim.name).map((p) => p.metadata.uid))
    return items.every((p) => p.metadata.deletionTimestamp === undefined) && (await team.containers(victim).of('')).every((c) => wanted.has(c.podUid))
  })
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get(url, { agent: false, timeout: REQUEST_MS }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200)).on('error', () => resolve(false))
    })
    call.on('timeout', () => call.destroy(new Error('timed out'))).on('error', () => resolve(false))
  })
}
