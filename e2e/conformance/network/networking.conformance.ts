import { eventually } from '../../harness/containers.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { podUntil, createPod } from '../framework/pods.ts'
import { answering, answeringByUdp, asker, serverPod } from './servers.ts'

const PORT = 8083
/** Where the asker on the host's network listens: not where anything else of these tests does. */
const HOST_PORT = 8089

/** One server a node; upstream's `netserver`s. */
async function netservers(f: Framework): Promise<Pod[]> {
  const list = await nodesOf(f)
  await Promise.all(list.map(({ metadata }, i) => createPod(f, serverPod(`netserver-${String(i)}`, [{ containerPort: PORT }], { labels: { 'selector-netserver': 'true' }, nodeSelector: { 'kubernetes.io/hostname': metadata.labels?.['kubernetes.io/hostname'] ?? metadata.name } }))))
  return Promise.all(list.map((_, i) => podUntil(f, `netserver-${String(i)}`, 'ready', isPodReady)))
}

/** Every server answers an asker at its own address. */
async function allAnswer(f: Framework, from: string, ask: (f: Framework, from: string, to: string, port: number) => Promise<string>, port: number): Promise<void> {
  for (const { metadata: { name }, status } of await netservers(f)) {
    await eventually(`${name} answers ${from}`, async () => await ask(f, from, `${status?.podIP ?? ''}:${String(PORT)}`, port) === name)
  }
}

const inPod = async (f: Framework, ask: typeof answering): Promise<void> => allAnswer(f, await asker(f, 'test-container-pod'), ask, 8080)

async function onHost(f: Framework, ask: typeof answering, port: number): Promise<void> {
  await allAnswer(f, await asker(f, 'host-test-container-pod', { hostNetwork: true }, port), ask, port)
}

conformance('[sig-network] Networking Granular Checks: Pods should function for intra-pod communication: http [NodeConformance]', (f) => inPod(f, answering))
conformance('[sig-network] Networking Granular Checks: Pods should function for intra-pod communication: udp [NodeConformance]', (f) => inPod(f, answeringByUdp))
conformance('[sig-network] Networking Granular Checks: Pods should function for node-pod communication: http [LinuxOnly] [NodeConformance]', (f) => onHost(f, answering, HOST_PORT))
conformance('[sig-network] Networking Granular Checks: Pods should function for node-pod communication: udp [LinuxOnly] [NodeConformance]', (f) => onHost(f, answeringByUdp, HOST_PORT + 1))
