import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import type { Pod, Service } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { forever, podOf, runningPod, type PodOptions } from '../framework/pods.ts'
import { changeService, createService, within } from './servers.ts'

const HOST = 'dns-querier-1'
const SERVICE = 'dns-test-service'
const HTTP = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }]
/** Kinds of records, as a query carries them. */
const TYPES = { A: 1, CNAME: 5, PTR: 12, SRV: 33 } as const
type RecordType = keyof typeof TYPES

/** A pod that asks for names: with a shell, and with the C library's own way (curl). */
async function querier(f: Framework, options: PodOptions = {}): Promise<string> {
  const name = f.unique('dns-test')
  await runningPod(f, podOf(name, { hostname: HOST, subdomain: SERVICE, containers: [forever()], ...options }))
  return name
}

/** A query as it goes over the wire, for the shell's printf. By TCP its length stands before it. */
function queryOf(name: string, type: RecordType, byTcp: boolean): string {
  const labels = name.replace(/\.$/, '').split('.').flatMap((label) => [label.length, ...Buffer.from(label)])
  const query = [0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, TYPES[type], 0, 1]
  const bytes = byTcp ? [0, query.length, ...query] : query
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}

/** Waits until a whole name has records of a kind, by UDP and by TCP, of the server that the pod's resolv.conf names. */
async function hasRecords(f: Framework, pod: string, name: string, type: RecordType): Promise<void> {
  await eventually(`${type} of ${name} by UDP`, async () => (await recordsOf(f, pod, name, type)).length > 0)
  await eventually(`${type} of ${name} by TCP`, async () => {
    const script = `server=$(sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1); { printf '${queryOf(name, type, true)}'; sleep 0.5; } | nc -w 2 $server 53 | hexdump -v -e '1/1 "%02x"'`
    // After the length: ID, flags (the last four bits: no error), questions, answers.
    const header = /^....1234...(.)....(....)/.exec(await within(f, pod, script).catch(() => ''))
    return header?.[1] === '0' && Number.parseInt(header[2] ?? '0', 16) > 0
  })
}

/** What a name has of a kind of records, by UDP. Empty while it has nothing. */
async function recordsOf(f: Framework, pod: string, name: string, type: RecordType): Promise<string[]> {
  const said = await within(f, pod, `nslookup -type=${type.toLowerCase()} ${name} | sed 1,2d`).catch(() => '')
  const forms = { A: /^Address:? (?:\d+: )?(\S+)/gm, CNAME: /canonical name = (\S+)/gm, PTR: /name = (\S+)/gm, SRV: /service = (.+)/gm }
  return [...said.matchAll(forms[type])].map(([, value = '']) => value)
}

/** Waits until a part of a name leads to an address by the search list, as programs look it up. */
async function isFound(f: Framework, pod: string, name: string): Promise<void> {
  await eventually(`an address of ${name}`, async () => /Trying \d/.test(await within(f, pod, `curl -sv --connect-timeout 1 -o /dev/null http://${name}/ 2>&1 || true`)))
}

async function services(f: Framework): Promise<{ regular: Service }> {
  const selector = { 'dns-test': 'true' }
  await createService(f, SERVICE, { clusterIP: 'None', selector, ports: HTTP })
  return { regular: await createService(f, 'test-service-2', { selector, ports: HTTP }) }
}

const reverse = (ip: string): string => `${ip.split('.').reverse().join('.')}.in-addr.arpa`

conformance('[sig-network] DNS should provide DNS for the cluster', async (f) => {
  await hasRecords(f, await querier(f), 'kubernetes.default.svc.cluster.local', 'A')
})

conformance('[sig-network] DNS should provide /etc/hosts entries for the cluster', async (f) => {
  const pod = await querier(f)
  const { status } = await f.client.get<Pod>(f.core('pods', pod))
  for (const name of [`${HOST}.${SERVICE}.${f.namespace}.svc.cluster.local`, HOST]) {
    expect(await within(f, pod, `awk -v name=${name} '{ for (i = 2; i <= NF; i++) if ($i == name) print $1 }' /etc/hosts`), name).toContain(status?.podIP)
  }
})

conformance('[sig-network] DNS should provide DNS for services', async (f) => {
  const { regular } = await services(f)
  const pod = await querier(f, { labels: { 'dns-test': 'true' } })
  await hasRecords(f, pod, `${SERVICE}.${f.namespace}.svc.cluster.local`, 'A')
  await hasRecords(f, pod, `_http._tcp.${SERVICE}.${f.namespace}.svc.cluster.local`, 'SRV')
  await hasRecords(f, pod, `_http._tcp.test-service-2.${f.namespace}.svc.cluster.local`, 'SRV')
  await hasRecords(f, pod, reverse(regular.spec.clusterIP ?? ''), 'PTR')
})

conformance('[sig-network] DNS should resolve DNS of partial qualified names for services [LinuxOnly]', async (f) => {
  const { regular } = await services(f)
  const pod = await querier(f, { labels: { 'dns-test': 'true' } })
  for (const name of [SERVICE, `${SERVICE}.${f.namespace}`, `${SERVICE}.${f.namespace}.svc`, `test-service-2.${f.namespace}.svc`]) await isFound(f, pod, name)
  // The search list's last word is what a name with `svc` at its end is looked up by.
  for (const name of [SERVICE, 'test-service-2']) await hasRecords(f, pod, `_http._tcp.${name}.${f.namespace}.svc.cluster.local`, 'SRV')
  expect(await within(f, pod, 'cat /etc/resolv.conf')).toMatch(new RegExp(`^search ${f.namespace}.svc.cluster.local svc.cluster.local cluster.local`, 'm'))
  await hasRecords(f, pod, reverse(regular.spec.clusterIP ?? ''), 'PTR')
})

/** A headless Service, and a pod that is a host in its domain. */
async function hostOf(f: Framework): Promise<{ pod: string; hostname: string; domain: string; ip: string | undefined }> {
  const [hostname, subdomain, labels] = ['dns-querier-2', 'dns-test-service-2', { 'dns-test-hostname-attribute': 'true' }]
  await createService(f, subdomain, { clusterIP: 'None', selector: labels, ports: HTTP })
  const pod = await querier(f, { hostname, subdomain, labels })
  const { status } = await f.client.get<Pod>(f.core('pods', pod))
  return { pod, hostname, domain: `${subdomain}.${f.namespace}.svc.cluster.local`, ip: status?.podIP }
}

conformance('[sig-network] DNS should provide DNS for pods for Hostname', async (f) => {
  const { pod, hostname, domain, ip } = await hostOf(f)
  await hasRecords(f, pod, `${hostname}.${domain}`, 'A')
  expect(await recordsOf(f, pod, `${hostname}.${domain}`, 'A')).toEqual([ip])
  for (const name of [`${hostname}.${domain}`, hostname]) expect(await within(f, pod, `grep -w ${name} /etc/hosts`), name).toContain(ip)
})

conformance('[sig-network] DNS should provide DNS for pods for Subdomain', async (f) => {
  const { pod, hostname, domain, ip } = await hostOf(f)
  for (const name of [`${hostname}.${domain}`, domain]) {
    await hasRecords(f, pod, name, 'A')
    expect(await recordsOf(f, pod, name, 'A'), name).toEqual([ip])
  }
})

conformance('[sig-network] DNS should provide DNS for ExternalName services', async (f) => {
  const name = 'dns-test-service-3'
  const whole = `${name}.${f.namespace}.svc.cluster.local`
  await createService(f, name, { type: 'ExternalName', externalName: 'foo.example.com' })
  const pod = await querier(f)
  const becomes = async (type: RecordType, value: string | undefined): Promise<void> => {
    await eventually(`${type} of ${whole}: ${value ?? ''}`, async () => (await recordsOf(f, pod, whole, type)).join() === value)
  }
  await becomes('CNAME', 'foo.example.com')
  await changeService(f, name, (spec) => { spec.externalName = 'bar.example.com' })
  await becomes('CNAME', 'bar.example.com')
  const { spec } = await changeService(f, name, (spec) => {
    spec.type = 'ClusterIP'
    spec.ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  })
  await becomes('A', spec.clusterIP)
})

conformance('[sig-network] DNS should support configurable pod DNS nameservers', async (f) => {
  const pod = await querier(f, { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] } })
  const lines = (await within(f, pod, 'cat /etc/resolv.conf')).split('\n')
  expect(lines.filter((line) => line.startsWith('search'))).toEqual(['search resolv.conf.local'])
  expect(lines.filter((line) => line.startsWith('nameserver'))).toEqual(['nameserver 1.1.1.1'])
})
