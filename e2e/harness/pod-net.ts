import type { Node, NodeCondition, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { eventually } from './containers.ts'
import type { Team } from './team.ts'

/** Pods of a team's Deployment `site` (nginx), one a server, and what passes between them. */
export class PodNet {
  readonly #team: Team

  constructor(team: Team) {
    this.#team = team
  }

  /** In the order of the servers. */
  async pods(): Promise<Pod[]> {
    const { items } = await this.#team.get<{ items: Pod[] }>('pods', '-l', 'app=site')
    return this.#team.hosts.map((host) => items.find((pod) => pod.spec.nodeName === host.name && pod.metadata.deletionTimestamp === undefined)).filter((pod) => pod !== undefined)
  }

  run(pod: Pod, script: string): Promise<string> {
    return this.#team.kubectl(['exec', pod.metadata.name, '--', 'sh', '-c', script])
  }

  async reaches(from: Pod, to: Pod, seconds = 5): Promise<boolean> {
    return this.run(from, `curl -sS -m ${String(seconds)} http://${to.status?.podIP ?? ''}/`).then((text) => text.includes('nginx'), () => false)
  }

  /** Waits until every pod reaches every pod. */
  async allReach(): Promise<void> {
    await eventually('every pod to reach every pod', async () => {
      const pods = await this.pods()
      const answers = await Promise.all(pods.flatMap((from) => pods.map((to) => this.reaches(from, to))))
      return answers.length === this.#team.hosts.length ** 2 && answers.every((yes) => yes)
    })
  }

  async condition(host: LabHost): Promise<NodeCondition | undefined> {
    return (await this.#team.get<Node>('node', host.name)).status?.conditions?.find((c) => c.type === 'toque.dev/PodNetwork')
  }

  /** Waits until every node says that its pods reach the others' this way. */
  async all(reason: string): Promise<void> {
    for (const host of this.#team.hosts) {
      await eventually(`${host.name} to say ${reason}`, async () => {
        const found = await this.condition(host)
        return found?.status === 'True' && found.reason === reason
      })
    }
  }

  async mode(mode: string): Promise<void> {
    await this.#team.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'toque-network', namespace: 'kube-system' }, data: { mode } })
  }

  /** Moves a file of 6 MB and large datagrams from one pod to another, and compares. `largest`: the datagram that comes unfragmented. */
  async heavy(from: Pod, to: Pod, largest = 1400): Promise<void> {
    const file = '/usr/share/nginx/html/big'
    const wanted = (await this.run(to, `[ -s ${file} ] || dd if=/dev/urandom of=${file} bs=1M count=6 2>/dev/null; sha256sum <${file}`)).trim()
    // A connection's packets fit into the tunnel's: nothing is cut in pieces on the way, which firewalls like to drop.
    const pieces = async (): Promise<string> => (await this.#host(to).exec("awk '/^Ip: [0-9]/ {print $20}' /proc/net/snmp")).stdout
    const before = await pieces()
    const got = (await this.run(from, `curl -sS -m 60 http://${to.status?.podIP ?? ''}/big | sha256sum`)).trim()
    if (got !== wanted) throw new Error(`another file came: ${got}, not ${wanted}`)
    if ((await pieces()) !== before) throw new Error(`packets were cut in pieces: ${before.trim()} before, ${(await pieces()).trim()} after`)
    for (const bytes of [largest, 1472, 4000]) {
      // One that is too large for the way may be lost once: the answer to it says how large they may be.
      const told = await this.run(from, `ping -c 3 -W 3 -s ${String(bytes)} ${to.status?.podIP ?? ''}`).catch(String)
      if (!(bytes === largest ? / 0% packet loss/ : / (0|33)% packet loss/).test(told)) throw new Error(`ping -s ${String(bytes)}: ${told}`)
    }
    // One that fits comes the first time.
    const [sender, receiver] = [await this.#inside(from), await this.#inside(to)]
    const heard = receiver('timeout 20 socat -u UDP4-RECVFROM:9999,reuseaddr STDOUT | wc -c')
    await eventually('the receiver to listen', async () => (await receiver('ss -lun')).includes(':9999'))
    await sender(`head -c ${String(largest)} /dev/zero | socat -u STDIN UDP4:${to.status?.podIP ?? ''}:9999`)
    if ((await heard).trim() !== String(largest)) throw new Error(`of a datagram of ${String(largest)} bytes ${(await heard).trim()} came`)
  }

  #host(pod: Pod): LabHost {
    const host = this.#team.hosts.find(({ name }) => name === pod.spec.nodeName)
    if (host === undefined) throw new Error(`${pod.metadata.name} is on no server`)
    return host
  }

  /** Runs the server's own programs on a pod's network. */
  async #inside(pod: Pod): Promise<(script: string) => Promise<string>> {
    const host = this.#host(pod)
    const [container] = await this.#team.containers(host).of(pod.metadata.name, { role: 'sandbox' })
    if (container === undefined) throw new Error(`${pod.metadata.name} does not run`)
    return async (script) => (await host.exec(['nsenter', '-t', String(container.pid), '-n', 'sh', '-c', script])).stdout
  }
}

/** Counts how often a text is seen in what passes on a server's network card, in clear, while something is done. */
export async function seenOnLink(host: LabHost, text: string, act: () => Promise<unknown>): Promise<number> {
  const capture = host.spawn(['socat', '-u', 'INTERFACE:eth0', 'STDOUT'], { stdio: ['ignore', 'pipe', 'ignore'] })
  let all = ''
  capture.stdout?.setEncoding('latin1').on('data', (chunk: string) => (all += chunk))
  // What is seen first and last is ours, so that nothing in between was missed.
  const router = host.address.replace(/\d+$/, '2')
  const mark = (word: string): Promise<unknown> => eventually(`${word} in the capture`, async () => {
    await host.exec(['bash', '-c', `echo ${word} >/dev/udp/${router}/9`])
    return all.includes(word)
  })
  await mark('capture-begins')
  await act()
  await mark('capture-ends')
  const ended = new Promise((resolve) => capture.once('exit', resolve))
  capture.kill('SIGKILL')
  await ended
  return all.split(text).length - 1
}
