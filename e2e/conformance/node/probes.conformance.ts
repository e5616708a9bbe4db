import { expect } from 'vitest'
import type { Container, Pod, Probe } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { createPod, forever, podOf, podUntil, runningPod, sh } from '../framework/pods.ts'
import { sleep } from './waiting.ts'

/** Long enough for three probes to fail in. Upstream looks for four minutes. */
const LEFT_ALONE_MS = 25_000
const LIMIT_MS = 360_000

const restartsOf = ({ status }: Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0
const liveness = (check: Partial<Probe>, more: Partial<Probe> = {}): { livenessProbe: Probe } => ({ livenessProbe: { initialDelaySeconds: 5, timeoutSeconds: 5, failureThreshold: 1, ...more, ...check } })

async function restarted(f: Framework, container: Partial<Container>, times = 1): Promise<void> {
  await createPod(f, podOf('liveness', { containers: [container] }))
  await podUntil(f, 'liveness', 'started', ({ status }) => status?.phase === 'Running')
  let last = 0
  await podUntil(f, 'liveness', `restarted ${String(times)} times`, (pod) => {
    expect(restartsOf(pod)).toBeGreaterThanOrEqual(last)
    last = restartsOf(pod)
    return last >= times
  }, LIMIT_MS - 30_000)
}

async function leftAlone(f: Framework, container: Partial<Container>): Promise<void> {
  await createPod(f, podOf('liveness', { containers: [container] }))
  await podUntil(f, 'liveness', 'started', ({ status }) => status?.phase === 'Running' && status.containerStatuses?.[0]?.started === true)
  await sleep(LEFT_ALONE_MS)
  const pod = await f.client.get<Pod>(f.core('pods', 'liveness'))
  expect(restartsOf(pod)).toBe(0)
  expect(isPodReady(pod)).toBe(true)
}

const CAT = { exec: { command: ['cat', '/tmp/health'] } }
const HEALTHZ = { httpGet: { path: '/healthz', port: 8080 } }
/** Healthy for ten seconds. */
const SICKLY = { image: 'toque/testapp', env: [{ name: 'LIVE_FOR_MS', value: '10000' }] }

conformance('[sig-node] Probing container should be restarted with a exec "cat /tmp/health" liveness probe [NodeConformance]', (f) => restarted(f, { ...forever('echo ok >/tmp/health; sleep 10; rm -rf /tmp/health'), ...liveness(CAT) }), LIMIT_MS)

conformance('[sig-node] Probing container should *not* be restarted with a exec "cat /tmp/health" liveness probe [NodeConformance]', (f) => leftAlone(f, { ...forever('echo ok >/tmp/health'), ...liveness(CAT) }))

conformance('[sig-node] Probing container should be restarted with a /healthz http liveness probe [NodeConformance]', (f) => restarted(f, { ...SICKLY, ...liveness(HEALTHZ, { timeoutSeconds: 1 }) }), LIMIT_MS)

conformance('[sig-node] Probing container should *not* be restarted with a /healthz http liveness probe [NodeConformance]', (f) => leftAlone(f, { image: 'toque/testapp', ...liveness(HEALTHZ, { failureThreshold: 5 }) }))

conformance('[sig-node] Probing container should *not* be restarted with a tcp:8080 liveness probe [NodeConformance]', (f) => leftAlone(f, { image: 'toque/testapp', ...liveness({ tcpSocket: { port: 8080 } }, { timeoutSeconds: 1 }) }))

conformance('[sig-node] Probing container should have monotonically increasing restart count [NodeConformance]', (f) => restarted(f, { ...SICKLY, ...liveness(HEALTHZ, { initialDelaySeconds: 5, periodSeconds: 3 }) }, 5), LIMIT_MS)

/** A web server that answers the standard gRPC health check with SERVING, as one uncompressed frame and a trailer. */
const GRPC = sh(`mkdir -p /www/grpc.health.v1.Health
printf '\\000\\000\\000\\000\\002\\010\\001' > /www/grpc.health.v1.Health/Check
cat > /tmp/nginx.conf <<'END'
pid /tmp/nginx.pid;
events {}
http { server { listen 5000 http2; root /www; default_type application/grpc; error_page 405 =200 $uri; add_trailer grpc-status 0; } }
END
exec nginx -c /tmp/nginx.conf -g 'daemon off;'`)

conformance('[sig-node] Probing container should *not* be restarted with a GRPC liveness probe [NodeConformance]', (f) => leftAlone(f, { image: 'nginx', ...GRPC, ...liveness({ grpc: { port: 5000 } }) }))

conformance('[sig-node] Probing container should be restarted with a GRPC liveness probe [NodeConformance]', (f) => restarted(f, { image: 'nginx', ...GRPC, ...liveness({ grpc: { port: 2333 } }) }), LIMIT_MS)

conformance('[sig-node] Probing container with readiness probe should not be ready before initial delay and never restart [NodeConformance]', async (f) => {
  const initialDelaySeconds = 30
  const pod = await runningPod(f, podOf('readiness', { containers: [{ image: 'toque/testapp', readinessProbe: { httpGet: { path: '/', port: 8080 }, initialDelaySeconds } }] }))
  const at = (time: string | undefined): number => Date.parse(time ?? '')
  const ready = at(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime)
  expect(ready - at(pod.status?.containerStatuses?.[0]?.state?.running?.startedAt)).toBeGreaterThanOrEqual(initialDelaySeconds * 1000)
  expect(restartsOf(pod)).toBe(0)
})

conformance('[sig-node] Probing container with readiness probe that fails should never be ready and never restart [NodeConformance]', async (f) => {
  await createPod(f, podOf('readiness', { containers: [{ image: 'toque/testapp', readinessProbe: { exec: { command: ['/bin/false'] } } }] }))
  await podUntil(f, 'readiness', 'running', ({ status }) => status?.phase === 'Running')
  await sleep(LEFT_ALONE_MS)
  const pod = await f.client.get<Pod>(f.core('pods', 'readiness'))
  expect(isPodReady(pod)).toBe(false)
  expect(restartsOf(pod)).toBe(0)
})
