import { notFound, StatusError } from '../../common/errors.ts'
import { Pods } from '../../common/kube/kinds.ts'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import type { Informers } from '../client/informer.ts'

/** Logs, exec, attach and port-forward of all pods, each by its own node. `find` gives a node's access, while there is one. */
export function clusterAccess(informers: Informers, find: (node: string) => NodeAccess | undefined): NodeAccess {
  const of = (namespace: string, name: string): NodeAccess => {
    const pod = informers.for(Pods).lister.get(namespace, name)
    if (pod === undefined) throw notFound('pods', name)
    const node = pod.spec.nodeName ?? ''
    if (node === '') throw new StatusError('BadRequest', `pod "${name}" has no node yet: its status says why`)
    const access = find(node)
    if (access === undefined) throw new StatusError('ServiceUnavailable', `the server ${node}, on which pod "${name}" runs, is not driven from here at the moment`)
    return access
  }
  return {
    logs: (target, options, signal) => of(target.namespace, target.pod).logs(target, options, signal),
    exec: async (target, options) => of(target.namespace, target.pod).exec(target, options),
    attach: async (target, options) => of(target.namespace, target.pod).attach(target, options),
    portForward: async (namespace, pod, port) => of(namespace, pod).portForward(namespace, pod, port),
  }
}
