import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import type { Identity } from '../../../src-main/engine/api/pki/pki.ts'
import { makeAuthority, issue } from '../../../src-main/engine/api/pki/pki.ts'
import type { Framework } from './conformance.ts'
import { podOf, podUntil, sh, SHELL, WEB } from './pods.ts'

/** A Service whose pod answers HTTPS by a shell script. */
export interface HttpsService {
  readonly name: string
  readonly port: number
  /** The CA of its certificate, PEM in base64: what `caBundle` wants. */
  readonly caBundle: string
}

export interface HttpsServiceOptions {
  /** Run for each request: its body comes on stdin, PATH_INFO says what was asked for; prints a header, an empty line, and the body. */
  readonly script: string
  /** Whose clients may ask, PEM; absent: anybody. */
  readonly clientCa?: string
}

const PORT = 8443
/** Script and server share the pod's own loopback. */
const NGINX = (verify: boolean): string => `daemon off;
events {}
http {
  access_log off;
  client_max_body_size 8m;
  client_body_buffer_size 8m;
  server {
    listen ${String(PORT)} ssl;
    ssl_certificate /tls/tls.crt;
    ssl_certificate_key /tls/tls.key;
    ${verify ? 'ssl_client_certificate /tls/client-ca.crt;\n    ssl_verify_client optional;' : ''}
    location = /readyz { return 200 ok; }
    location / {
      ${verify ? 'if ($ssl_client_verify != SUCCESS) { return 401; }' : ''}
      proxy_pass http://127.0.0.1:8080/cgi-bin/answer/;
      proxy_read_timeout 120s;
    }
  }
}
`

/**
 * Runs such a pod and Service in the test's namespace, with a certificate for the Service's name, and waits until it can be asked. Upstream has an image for each purpose; here nginx speaks
 * TLS and busybox's httpd runs the script.
 */
export async function httpsService(f: Framework, name: string, { script, clientCa }: HttpsServiceOptions): Promise<HttpsService> {
  const now = Date.now()
  const ca = await makeAuthority(now, `${name}-ca`)
  const identity: Identity = await issue(ca, name, [], 'server', now, [`${name}.${f.namespace}.svc`])
  await f.client.create(f.core('secrets'), {
    apiVersion: 'v1', kind: 'Secret', metadata: { name: `${name}-tls` }, stringData: { 'tls.crt': identity.cert, 'tls.key': identity.key, ...(clientCa === undefined ? {} : { 'client-ca.crt': clientCa }) },
  })
  await f.client.create(f.core('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-files` }, data: { 'nginx.conf': NGINX(clientCa !== undefined), answer: script } })
  await f.client.create(f.core('pods'), podOf(name, {
    labels: { https: name },
    volumes: [
      { name: 'tls', secret: { secretName: `${name}-tls` } }, { name: 'conf', configMap: { name: `${name}-files`, items: [{ key: 'nginx.conf', path: 'nginx.conf' }] } },
      { name: 'script', configMap: { name: `${name}-files`, defaultMode: 0o755, items: [{ key: 'answer', path: 'answer' }] } },
    ],
    containers: [
      {
        name: 'tls', image: WEB, command: ['nginx', '-c', '/conf/nginx.conf'], ports: [{ containerPort: PORT }], volumeMounts: [{ name: 'tls', mountPath: '/tls' }, { name: 'conf', mountPath: '/conf' }],
        readinessProbe: { httpGet: { path: '/readyz', port: PORT, scheme: 'HTTPS' }, periodSeconds: 1 },
      },
      { name: 'script', image: SHELL, ...sh('exec httpd -f -p 127.0.0.1:8080 -h /www'), volumeMounts: [{ name: 'script', mountPath: '/www/cgi-bin' }] },
    ],
  }))
  await f.client.create(f.core('services'), { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { https: name }, ports: [{ port: PORT, targetPort: PORT }] } })
  await podUntil(f, name, 'ready', isPodReady)
  return { name, port: PORT, caBundle: Buffer.from(ca.cert).toString('base64') }
}
