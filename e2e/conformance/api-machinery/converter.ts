import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CustomResourceConversion, CustomResourceDefinitionVersion } from '../../../src-main/common/kube/generated/apiextensions-v1.ts'
import type { Framework } from '../framework/conformance.ts'
import { forever, podOf, runningPod, SHELL, sh, WEB } from '../framework/pods.ts'
import { ANYTHING } from './custom-definitions.ts'

const SERVICE = 'e2e-test-crd-conversion-webhook'
const PORT = 9443

/** v1 says `hostPort: "host:80"`, v2 `host: host` and `port: "80"`. */
export const VERSIONS: readonly (Partial<CustomResourceDefinitionVersion> & { name: string })[] = [
  { name: 'v1', schema: { openAPIV3Schema: { ...ANYTHING, properties: { hostPort: { type: 'string' } } } }, selectableFields: [{ jsonPath: '.hostPort' }] },
  { name: 'v2', schema: { openAPIV3Schema: { ...ANYTHING, properties: { host: { type: 'string' }, port: { type: 'string' } } } }, selectableFields: [{ jsonPath: '.host' }, { jsonPath: '.port' }] },
]

// The review comes as one line; its objects are the last thing in it.
const CONVERT = `#!/bin/sh
review=$(head -c "$CONTENT_LENGTH")
said() { printf '%s' "$review" | sed "s/.*\\"request\\":{[^[]*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
wanted=$(said desiredAPIVersion)
objects=$(printf '%s' "$review" | sed 's/.*"objects":\\(\\[.*\\]\\)}}$/\\1/' | sed "s#\\"apiVersion\\":\\"\${wanted%/*}/v[12]\\"#\\"apiVersion\\":\\"$wanted\\"#g")
case $wanted in
  */v2) objects=$(printf '%s' "$objects" | sed 's/"hostPort":"\\([^":]*\\):\\([^"]*\\)"/"host":"\\1","port":"\\2"/g') ;;
  *) objects=$(printf '%s' "$objects" | sed 's/"host":"\\([^"]*\\)","port":"\\([^"]*\\)"/"hostPort":"\\1:\\2"/g') ;;
esac
printf 'Content-Type: application/json\\r\\n\\r\\n{"apiVersion":"apiextensions.k8s.io/v1","kind":"ConversionReview","response":{"uid":"%s","result":{"status":"Success"},"convertedObjects":%s}}' "$(said uid)" "$objects"
`

/** A certificate of its own for a name, and its key: PEM. */
function certificateFor(name: string): { cert: string; key: string } {
  const at = mkdtempSync(join(tmpdir(), 'webhook-'))
  try {
    const [cert, key] = [join(at, 'cert.pem'), join(at, 'key.pem')]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(at, { recursive: true })
  }
}

/** A webhook that converts between `VERSIONS`, as a Service in the test's namespace: a web server with a certificate before a script. */
export async function deployConverter(f: Framework): Promise<CustomResourceConversion> {
  const { cert, key } = certificateFor(`${SERVICE}.${f.namespace}.svc`)
  const server = `server { listen ${String(PORT)} ssl; ssl_certificate /tls/cert; ssl_certificate_key /tls/key; location / { proxy_pass http://127.0.0.1:8090; } }`
  const files = { cert, key, 'default.conf': server, 'convert': CONVERT }
  await f.client.create(f.core('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: SERVICE }, data: files })
  const items = (...keys: string[]): object => ({ configMap: { name: SERVICE, defaultMode: 0o755, items: keys.map((one) => ({ key: one, path: one })) } })
  await f.client.create(f.core('services'), { apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE }, spec: { selector: { webhook: 'converter' }, ports: [{ port: PORT, targetPort: PORT }] } })
  await runningPod(f, podOf(SERVICE, {
    labels: { webhook: 'converter' },
    volumes: [{ name: 'tls', ...items('cert', 'key') }, { name: 'site', ...items('default.conf') }, { name: 'cgi', ...items('convert') }],
    containers: [
      { image: WEB, readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 }, volumeMounts: [{ name: 'tls', mountPath: '/tls' }, { name: 'site', mountPath: '/etc/nginx/conf.d' }] },
      { image: SHELL, ...sh('httpd -p 127.0.0.1:8090 -h /www; ' + (forever().command[2] ?? '')), readinessProbe: { exec: { command: ['sh', '-c', 'netstat -ltn | grep -q :8090'] }, periodSeconds: 1 }, volumeMounts: [{ name: 'cgi', mountPath: '/www/cgi-bin' }] },
    ],
  }))
  return {
    strategy: 'Webhook',
    webhook: { clientConfig: { caBundle: Buffer.from(cert).toString('base64'), service: { namespace: f.namespace, name: SERVICE, path: '/cgi-bin/convert', port: PORT } }, conversionReviewVersions: ['v1', 'v1beta1'] },
  }
}
