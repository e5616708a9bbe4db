import { eventually } from '../../harness/containers.ts'
import { conformance } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { runningPod } from '../framework/pods.ts'
import { addressOfNode, answering, answeringByUdp, asker, serverPod, within } from './servers.ts'

const PORT = 54323
const ASKER_PORT = 8091

conformance('[sig-network] HostPort validates that there is no conflict between pods with same hostPort but different hostIP and protocol [LinuxOnly]', async (f) => {
  const [node] = await nodesOf(f)
  if (node === undefined) throw new Error('no node')
  const nodeName = node.metadata.name
  const hostIP = addressOfNode(node)
  for (const [name, ip, protocol] of [['pod1', '127.0.0.1', 'TCP'], ['pod2', hostIP, 'TCP'], ['pod3', hostIP, 'UDP']] as const) {
    await runningPod(f, serverPod(name, [{ containerPort: 8080, hostPort: PORT, hostIP: ip, protocol }], { nodeName }))
  }
  const from = await asker(f, 'e2e-host-exec', { hostNetwork: true, nodeName }, ASKER_PORT)
  // As upstream asks: from the host's address to its own.
  await eventually('pod1 at the host\'s own address', async () => (await within(f, from, `curl -s --connect-timeout 5 --interface ${hostIP} http://127.0.0.1:${String(PORT)}/`)).includes('"hostname":"pod1"'))
  await eventually('pod2 at the host\'s address', async () => await answering(f, from, `${hostIP}:${String(PORT)}`) === 'pod2')
  await eventually('pod3 at the host\'s address by UDP', async () => await answeringByUdp(f, from, `${hostIP}:${String(PORT)}`, ASKER_PORT) === 'pod3')
})
