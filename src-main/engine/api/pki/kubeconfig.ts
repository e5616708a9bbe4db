import { stringify } from 'yaml'
import type { Pki } from './pki.ts'

/** A kubeconfig with everything embedded. `server`: `https://127.0.0.1:6443`. */
export function kubeconfigOf(pki: Pki, server: string, cluster = 'toque'): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': base64(pki.ca) } }],
    users: [{ name: `${cluster}-admin`, user: { 'client-certificate-data': base64(pki.admin.cert), 'client-key-data': base64(pki.admin.key) } }],
    contexts: [{ name: cluster, context: { cluster, user: `${cluster}-admin`, namespace: 'default' } }],
    'current-context': cluster,
    preferences: {},
  }, { lineWidth: 0 })
}
