import type { Examination, ObjectRef, SwarmDoctor } from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'

const ref = (kind: string, name: string): ObjectRef => ({ apiVersion: 'swarm', kind, namespace: '', name })

/** A doctor of a fake swarm. `fails`: nothing can be asked; `well`: nothing is wrong. */
export class FakeDoctor implements SwarmDoctor {
  /** What was pinned where. */
  readonly pinned: [string, string][] = []
  readonly #fails: boolean
  readonly #well: boolean

  constructor({ fails = false, well = false }: { fails?: boolean; well?: boolean } = {}) {
    this.#fails = fails
    this.#well = well
  }

  async examine(): Promise<Examination> {
    await new Promise((resolve) => setTimeout(resolve, 900))
    if (this.#fails) throw new StatusError('ServiceUnavailable', 'Docker is not running here: there is no socket at /var/run/docker.sock. Start Docker (or Docker Desktop), or install it.')
    return { at: Date.now(), findings: this.#well ? [] : FINDINGS, missing: this.#well ? [] : [{ what: 'log rotation', where: ref('Node', 'pantry'), why: 'The node helper\'s image is being built there; examine again in a minute.' }] }
  }

  pinService(service: string, node: string): Promise<void> {
    this.pinned.push([service, node])
    return Promise.resolve()
  }
}

const FINDINGS: Examination['findings'] = [
  {
    id: '1', severity: 'error', about: [ref('Node', 'kitchen-1'), ref('Node', 'kitchen-2'), ref('Service', 'shop_web')],
    why: { reason: 'NoIpvs', message: 'The kernel of kitchen-1 and kitchen-2 has no IP_VS, with which Swarm makes virtual IPs and the ingress network. shop_web uses them: it is not reached there, while Docker says that all runs.' },
    fix: 'Load the module on each of these servers: sudo modprobe ip_vs && echo ip_vs | sudo tee /etc/modules-load.d/ip_vs.conf. Where its kernel has none (some small VPS), use endpoint_mode: dnsrr instead of virtual IPs, and publish ports with mode: host.',
  },
  {
    id: '2', severity: 'warning', about: [ref('Node', 'kitchen-1'), ref('Node', 'kitchen-2')],
    why: { reason: 'TwoManagers', message: 'Two managers are worse than one: the loss of either stops the swarm from being changed. Make a third one, or go back to one.' },
    fix: 'Make a third node a manager.', action: { type: 'membership', change: { type: 'promote', node: 'id-of-pantry' } },
  },
  {
    id: '3', severity: 'warning', about: [ref('Service', 'shop_db'), ref('Node', 'kitchen-1')],
    why: { reason: 'VolumeNotPinned', message: 'shop_db keeps data in shop_data, a local volume, and may be started on any of 3 nodes. On another node it begins with an empty one; the data stays where it was.' },
    fix: 'Keep it on kitchen-1, where it runs now: the constraint node.id==id-of-kitchen-1.', action: { type: 'pinService', service: 's1', node: 'id-of-kitchen-1' },
  },
  { id: '4', severity: 'info', about: [ref('Node', 'pantry')], why: { reason: 'LogsGrow', message: 'On pantry the logs of containers are written to files that only grow: one that talks much fills the disk.' }, fix: 'Put into /etc/docker/daemon.json on each: {"log-driver": "local"} (or "log-opts": {"max-size": "10m", "max-file": "3"}), and restart Docker. It holds for containers made from then on.' },
]
