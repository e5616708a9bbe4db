import { expect, test } from 'vitest'
import type { Pod, PodSpec } from '../../../common/kube/generated/core-v1.ts'
import { hostsFile } from './hosts-file.ts'

const pod = (spec: Partial<PodSpec>): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [], ...spec } })
const head = '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n'

test.each<[string, Partial<PodSpec>, string]>([
  ['a name', {}, '10.0.0.2\tweb-0\n'],
  ['a name of its own', { hostname: 'db' }, '10.0.0.2\tdb\n'],
  ['a domain', { hostname: 'db', subdomain: 'dbs' }, '10.0.0.2\tdb.dbs.ns.svc.cluster.local\tdb\n'],
  ['aliases, a line an address', { hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }, { ip: '::2', hostnames: ['six'] }] }, '10.0.0.2\tweb-0\n\n# Entries added by HostAliases.\n123.45.67.89\tfoo\tbar\n::2\tsix\n'],
])('/etc/hosts with %s', (_, spec, tail) => expect(hostsFile(pod(spec), '10.0.0.2')).toBe(head + tail))
