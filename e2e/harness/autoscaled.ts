import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HorizontalPodAutoscaler } from '../../src-main/common/kube/generated/autoscaling-v2.ts'

/** How the burning app and its autoscaler are made. */
export interface AutoscaledOptions {
  name: string
  nodePort: number
  /** Of each pod, in millicores. */
  requestMilli: number
  /** The autoscaler's window down, and how often it looks. */
  windowS: number
  syncS: number
}

/** One look at an autoscaler. */
export interface Look {
  /** Seconds since it is followed. */
  at: number
  current: number
  desired: number
  /** Percent of the request; undefined while not known. */
  utilization: number | undefined
}

/** A web app that burns processor for each request, with a Service and an autoscaler from 3 to 10 at 70 %; windows are short. */
export function autoscaledApp({ name, nodePort, requestMilli, windowS, syncS }: AutoscaledOptions): string {
  const container = { name: 'web', image: 'toque/testapp:v1', ports: [{ containerPort: 8080 }], resources: { requests: { cpu: `${String(requestMilli)}m` } }, readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 } }
  const items = [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas: 3, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 5, containers: [container] } } } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { type: 'NodePort', selector: { app: name }, ports: [{ port: 80, targetPort: 8080, nodePort }] } },
    {
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name, annotations: { 'toque.dev/sync-period-seconds': String(syncS) } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: 3, maxReplicas: 10,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
        behavior: { scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: windowS }] }, scaleDown: { stabilizationWindowSeconds: windowS, policies: [{ type: 'Pods', value: 4, periodSeconds: windowS }] } },
      },
    },
  ]
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

const BURN_MS = 10

/**
 * A load that burns about so many millicores in all, however long each answer takes: requests leave at a steady rate. `stop` ends it and tells how many
 * there were, and how many failed.
 */
export function burningLoad(host: string, port: number, milli: number): { stop(): Promise<{ requests: number; failed: number }> } {
  const [counts, open] = [{ requests: 0, failed: 0 }, new Set<Promise<void>>()]
  const ask = (): Promise<void> => new Promise((resolve) => {
    const failed = (): void => {
      counts.failed++
      resolve()
    }
    const asked = request({ host, port, path: `/?cpu=${String(BURN_MS)}`, agent: false, timeout: 20_000 }, (answer) => {
      answer.resume().on('error', failed).on('end', answer.statusCode === 200 ? resolve : failed)
    })
    asked.on('error', failed).on('timeout', () => asked.destroy()).end()
  })
  const timer = setInterval(() => {
    counts.requests++
    const one = ask().finally(() => open.delete(one))
    open.add(one)
  }, 1000 * BURN_MS / milli)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      return counts
    },
  }
}

/** Follows an autoscaler until `until` holds; tells every change. Rejects when it takes too long, with all that was seen. */
export async function followAutoscaler(look: () => Promise<HorizontalPodAutoscaler>, until: (look: Look) => boolean, options: { everyMs: number; limitMs: number; since: number; say: (line: string) => void }): Promise<Look[]> {
  const seen: Look[] = []
  let said = ''
  for (;;) {
    const { status } = await look()
    const now: Look = {
      at: (performance.now() - options.since) / 1000, current: status?.currentReplicas ?? 0, desired: status?.desiredReplicas ?? 0,
      utilization: status?.currentMetrics?.[0]?.resource?.current.averageUtilization,
    }
    seen.push(now)
    const line = `cpu ${now.utilization === undefined ? '?' : String(now.utilization)} %/70 %, ${String(now.current)} -> ${String(now.desired)} pods`
    if (line !== said) options.say(`${now.at.toFixed(0).padStart(4)} s  ${line}`)
    said = line
    if (until(now)) return seen
    if (performance.now() - options.since > options.limitMs) throw new Error(`it did not come to that within ${String(options.limitMs / 1000)} s: ${JSON.stringify(seen.slice(-20))} ${JSON.stringify(status?.conditions)}`)
    await sleep(options.everyMs)
  }
}
