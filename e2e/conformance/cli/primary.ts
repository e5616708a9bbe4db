import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { Framework } from '../framework/conformance.ts'
import { SHELL } from '../framework/pods.ts'
import { podsUntil } from '../apps/workloads.ts'

export const PRIMARY = { app: 'agnhost', role: 'primary' }

const CONTROLLER = {
  apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'agnhost-primary', labels: PRIMARY },
  spec: {
    replicas: 1, selector: PRIMARY, template: {
      metadata: { labels: PRIMARY },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'agnhost-primary', image: SHELL, ...serving(6379, 'primary'), ports: [{ name: 'agnhost-server', containerPort: 6379 }] }] },
    },
  },
}

const SERVICE = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'agnhost-primary', labels: PRIMARY }, spec: { ports: [{ port: 6379, targetPort: 'agnhost-server' }], selector: PRIMARY } }

/** A container's command: a web server on a port, whose page is a text. */
export function serving(port: number, text: string): { command: string[] } {
  return { command: ['sh', '-c', `mkdir -p /www && echo ${text} > /www/index.html && exec httpd -f -p ${String(port)} -h /www`] }
}

/** A replication controller of one server, by kubectl create; its pod once it is ready. */
export async function createPrimary(f: Framework, withService = false): Promise<Pod> {
  await f.kubectl(['create', '-f', '-'], JSON.stringify(CONTROLLER))
  if (withService) await f.kubectl(['create', '-f', '-'], JSON.stringify(SERVICE))
  const [pod] = await podsUntil(f, PRIMARY, 1)
  if (pod === undefined) throw new Error('no pod of agnhost-primary')
  return pod
}
