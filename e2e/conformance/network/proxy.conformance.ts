import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import type { Endpoints, Pod, Service } from '../../../src-main/common/kube/generated/core-v1.ts'
import { testCertificate } from '../../../src-main/engine/network/ingress/testing/test-certificate.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import { podOf, runningPod, WEB, type PodManifest } from '../framework/pods.ts'
import { createService } from './servers.ts'

const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']
const LINK = (path: string): string => `<a href="${path}">test</a>`
/** What each port says: upstream's. */
const PLAIN = { 80: LINK('/rewriteme'), 1080: LINK('/rewriteme'), 160: 'foo', 162: 'bar' }
const SECURE = { 443: LINK('/tlsrewriteme'), 460: 'tls baz', 462: 'tls qux' }
/** How often each address is asked, all at once. */
const ATTEMPTS = 20

/** A web server's configuration, and the files beside it, as a Secret to mount. */
async function settings(f: Framework, name: string, files: Readonly<Record<string, string>>): Promise<Pick<PodManifest['spec'], 'volumes'>> {
  await f.client.create(f.core('secrets'), { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: files })
  return { volumes: [{ name: 'conf', secret: { secretName: name } }] }
}

const MOUNTED = { volumeMounts: [{ name: 'conf', mountPath: '/etc/nginx/conf.d' }] }

/** A web server on upstream's ports. Pages with a link are HTML, as upstream's server finds by looking at them. */
async function porter(f: Framework, labels: Record<string, string>): Promise<Pod> {
  const { crt, key } = await testCertificate('porter')
  const server = ([port, says]: [string, string], tls = ''): string => `server { listen ${port}${tls}; location / { default_type ${says.startsWith('<') ? 'text/html' : 'text/plain'}; return 200 '${says}'; } }\n`
  const conf = `ssl_certificate /etc/nginx/conf.d/crt.pem;\nssl_certificate_key /etc/nginx/conf.d/key.pem;\n${Object.entries(PLAIN).map((of) => server(of)).join('')}${Object.entries(SECURE).map((of) => server(of, ' ssl')).join('')}`
  const volumes = await settings(f, 'porter', { 'porter.conf': conf, 'crt.pem': crt, 'key.pem': key })
  const ports = [{ containerPort: 80 }, { name: 'dest1', containerPort: 160 }, { name: 'dest2', containerPort: 162 }, { name: 'tlsdest1', containerPort: 460 }, { name: 'tlsdest2', containerPort: 462 }]
  return runningPod(f, podOf(f.unique('proxy-service'), { labels, ...volumes, containers: [{ image: WEB, ...MOUNTED, ports, readinessProbe: { httpGet: { port: 80 }, initialDelaySeconds: 1, timeoutSeconds: 5, periodSeconds: 1 } }] }))
}

conformance('[sig-network] Proxy version v1 should proxy through a service and a pod', async (f) => {
  const labels = { 'proxy-service-target': 'true' }
  const { metadata: { name } } = await f.client.create<Service>(f.core('services'), {
    apiVersion: 'v1', kind: 'Service', metadata: { generateName: 'proxy-service-' },
    spec: {
      selector: labels,
      ports: [
        { name: 'portname1', port: 80, targetPort: 'dest1' }, { name: 'portname2', port: 81, targetPort: 162 },
        { name: 'tlsportname1', port: 443, targetPort: 'tlsdest1' }, { name: 'tlsportname2', port: 444, targetPort: 462 },
      ],
    },
  })
  const { metadata: { name: pod } } = await porter(f, labels)
  await watchUntil<Endpoints>(f, f.core('endpoints'), { fieldSelector: `metadata.name=${name}` }, ({ object }) => (object.subsets?.[0]?.addresses?.length ?? 0) > 0, 'an endpoint')
  const svc = (scheme: string, port: string): string => f.core('services', `${scheme}${name}:${port}/proxy`)
  const of = (scheme: string, port: string): string => f.core('pods', `${scheme}${pod}${port}/proxy`)
  const linked = (base: string, path: string): [string, string] => [base, LINK(`${base}${path}`)]
  const wanted: [string, string][] = [
    ...['', 'http:'].flatMap((scheme): [string, string][] => [[svc(scheme, 'portname1'), 'foo'], [svc(scheme, 'portname2'), 'bar']]),
    [svc('https:', 'tlsportname1'), 'tls baz'], [svc('https:', 'tlsportname2'), 'tls qux'],
    linked(of('', ''), '/rewriteme'), linked(of('', ':1080'), '/rewriteme'), linked(of('http:', ':1080'), '/rewriteme'),
    ...['', 'http:'].flatMap((scheme): [string, string][] => [[of(scheme, ':160'), 'foo'], [of(scheme, ':162'), 'bar']]),
    linked(of('https:', ':443'), '/tlsrewriteme'), [of('https:', ':460'), 'tls baz'], [of('https:', ':462'), 'tls qux'],
  ]
  for (let i = 0; i < ATTEMPTS; i++) {
    const got = await Promise.all(wanted.map(async ([base]) => {
      const { code, body } = await f.client.ask<string>('GET', `${base}/`)
      return [base, code, body]
    }))
    expect(got).toEqual(wanted.map(([base, body]) => [base, 200, body]))
  }
})

/** A web server that says by which method it was asked, and a Service before it. */
async function echo(f: Framework, label: string, serviceName: string): Promise<void> {
  const labels = { [label]: 'response' }
  const volumes = await settings(f, 'echo', { 'echo.conf': 'server { listen 80; location / { default_type application/json; return 200 \'{"Method":"$request_method","Body":"foo"}\'; } }\n' })
  await runningPod(f, podOf('agnhost', { labels, restartPolicy: 'Never', ...volumes, containers: [{ image: WEB, ...MOUNTED }] }))
  await createService(f, serviceName, { selector: labels, ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }] })
}

async function answersTo(f: Framework, method: string, path: string): Promise<void> {
  await eventually(`${method} ${path}`, async () => {
    const { code, body } = await f.client.ask<{ Method?: string; Body?: string }>(method, path)
    return code === 200 && (method === 'HEAD' || (body.Method === method && body.Body === 'foo'))
  })
}

conformance('[sig-network] Proxy version v1 A set of valid responses are returned for both pod and service ProxyWithPath', async (f) => {
  await echo(f, 'test', 'test-service')
  for (const base of [f.core('pods', 'agnhost'), f.core('services', 'test-service')]) {
    for (const method of METHODS) await answersTo(f, method, `${base}/proxy/some/path/with/${method}`)
  }
})

conformance('[sig-network] Proxy version v1 A set of valid responses are returned for both pod and service Proxy', async (f) => {
  await echo(f, 'e2e-test', 'e2e-proxy-test-service')
  for (const base of [f.core('pods', 'agnhost'), f.core('services', 'e2e-proxy-test-service')]) {
    for (const method of METHODS.filter((one) => one !== 'GET' && one !== 'HEAD')) await answersTo(f, method, `${base}/proxy?method=${method}`)
    for (const method of ['GET', 'HEAD']) expect((await f.client.ask(method, `${base}/proxy?method=${method}`)).code).toBe(301)
  }
})
