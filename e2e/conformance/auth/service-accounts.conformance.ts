import { createPublicKey, verify, type JsonWebKey } from 'node:crypto'
import { expect } from 'vitest'
import type { TokenRequest, TokenReview } from '../../../src-main/common/kube/generated/authentication-v1.ts'
import type { ConfigMap, ServiceAccount } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import type { WatchEvent } from '../framework/cluster-client.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import { createPod, forever, outputOf, podOf, runningPod, sh } from '../framework/pods.ts'

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews'

function accountOf(f: Framework, name: string, rest: object = {}): Promise<ServiceAccount> {
  return f.client.create<ServiceAccount>(f.core('serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name }, ...rest })
}

const review = (f: Framework, token: string, audiences?: string[]): Promise<TokenReview> =>
  f.client.create<TokenReview>(REVIEWS, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, ...(audiences === undefined ? {} : { audiences }) } })

conformance('[sig-auth] ServiceAccounts should mount an API token into pods', async (f) => {
  const account = await accountOf(f, 'mount-test')
  const name = f.unique('pod-service-account')
  await runningPod(f, podOf(name, { serviceAccountName: 'mount-test', containers: [forever()] }))
  const mounted = (file: string): Promise<string> => f.kubectl(['exec', name, '-c', 'c0', '--', 'cat', `${MOUNT}/${file}`])
  const [token, ca, namespace] = [await mounted('token'), await mounted('ca.crt'), await mounted('namespace')]
  expect(namespace).toBe(f.namespace)
  expect(ca).toBe((await f.client.get<ConfigMap>(f.core('configmaps', 'kube-root-ca.crt'))).data?.['ca.crt'])
  const { status } = await review(f, token)
  expect(status).toMatchObject({ authenticated: true, user: { username: `system:serviceaccount:${f.namespace}:mount-test`, uid: account.metadata.uid, extra: { 'authentication.kubernetes.io/pod-name': [name] } } })
  expect([...(status?.user?.groups ?? [])].sort()).toEqual(['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${f.namespace}`])
  expect(status?.error ?? '').toBe('')
})

conformance('[sig-auth] ServiceAccounts should allow opting out of API token automount', async (f) => {
  await accountOf(f, 'default-sa')
  await accountOf(f, 'mount', { automountServiceAccountToken: true })
  await accountOf(f, 'nomount', { automountServiceAccountToken: false })
  for (const [account, pod, mounts] of [
    ['default-sa', undefined, true], ['mount', undefined, true], ['nomount', undefined, false], ['default-sa', true, true], ['mount', true, true], ['nomount', true, true], ['default-sa', false, false], ['mount', false, false], ['nomount', false, false],
  ] as const) {
    const made = await createPod(f, podOf(f.unique('pod'), { serviceAccountName: account, ...(pod === undefined ? {} : { automountServiceAccountToken: pod }) }))
    expect(made.spec.containers[0]?.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT) ?? false, `${account} ${String(pod)}`).toBe(mounts)
  }
})

conformance('[sig-auth] ServiceAccounts should mount projected service account token', async (f) => {
  const volumes = [{ name: 'test', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600, audience: 'test' } }] } }]
  const token = await outputOf(f, podOf(f.unique('test-pod'), { volumes, containers: [{ ...sh('cat /test/token'), volumeMounts: [{ name: 'test', mountPath: '/test' }] }] }))
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { aud: string[]; exp: number; iat: number; sub: string }
  expect(payload).toMatchObject({ aud: ['test'], sub: `system:serviceaccount:${f.namespace}:default` })
  expect(payload.exp - payload.iat).toBe(3600)
})

conformance('[sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer', async (f) => {
  const binding = f.unique('e2e-oidc')
  f.after(() => f.client.delete(`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${binding}`))
  await f.client.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: binding }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:service-account-issuer-discovery' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: f.namespace }],
  })
  const volumes = [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 7200, audience: 'oidc-discovery-test' } }] } }]
  // The document by the API's address in the pod, then by the issuer's own name; then the keys, where it says they are.
  const script = [
    'set -e', `get() { curl -sS --fail --cacert ${MOUNT}/ca.crt -H "Authorization: Bearer $(cat ${MOUNT}/token)" "$1"; }`,
    'get "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/.well-known/openid-configuration"', 'echo; cat /token/token; echo',
    `issuer=$(get "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/.well-known/openid-configuration" | sed 's/.*"issuer":"\\([^"]*\\)".*/\\1/')`, 'get "$issuer/.well-known/openid-configuration"; echo',
    `keys=$(get "$issuer/.well-known/openid-configuration" | sed 's/.*"jwks_uri":"\\([^"]*\\)".*/\\1/')`, 'get "$keys"; echo',
  ].join('\n')
  const output = await outputOf(f, podOf('oidc-discovery-validator', { volumes, containers: [{ ...sh(script), volumeMounts: [{ name: 'token', mountPath: '/token' }] }] }))
  const [first = '', token = '', byName = '', keys = ''] = output.split('\n').filter((line) => line !== '')
  const document = JSON.parse(first) as { issuer: string; jwks_uri: string; id_token_signing_alg_values_supported: string[]; response_types_supported: string[]; subject_types_supported: string[] }
  expect(document).toMatchObject({ response_types_supported: ['id_token'], subject_types_supported: ['public'] })
  expect(JSON.parse(byName)).toEqual(document)
  const [head, payload] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)
  expect(payload).toMatchObject({ iss: document.issuer, aud: ['oidc-discovery-test'], sub: `system:serviceaccount:${f.namespace}:default` })
  expect(document.id_token_signing_alg_values_supported).toContain(head?.['alg'])
  const key = (JSON.parse(keys) as { keys: (JsonWebKey & { kid: string })[] }).keys.find(({ kid }) => kid === head?.['kid'])
  const [signed, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.slice(token.lastIndexOf('.') + 1)]
  expect(verify('sha256', Buffer.from(signed), { key: createPublicKey({ key: key ?? {}, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(true)
})

conformance('[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount', async (f) => {
  const name = f.unique('testserviceaccount')
  const selector = { labelSelector: `test-serviceaccount-static=${name}` }
  const { metadata: { resourceVersion } } = await f.client.get<{ metadata: { resourceVersion: string } }>('/api/v1/serviceaccounts', selector)
  const events = f.client.watch<ServiceAccount>(f.core('serviceaccounts'), { ...selector, resourceVersion })
  const next = async (): Promise<WatchEvent<ServiceAccount>> => (await events.next()).value as WatchEvent<ServiceAccount>
  await f.client.create(f.core('serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, labels: { 'test-serviceaccount-static': name } } })
  expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name } } })
  await f.client.patch(f.core('serviceaccounts', name), 'strategic', { automountServiceAccountToken: false })
  expect(await next()).toMatchObject({ type: 'MODIFIED', object: { automountServiceAccountToken: false } })
  expect((await f.client.get<{ items: ServiceAccount[] }>('/api/v1/serviceaccounts', selector)).items.map(({ metadata }) => metadata.name)).toEqual([name])
  await f.client.delete(f.core('serviceaccounts'), undefined, selector)
  expect(await next()).toMatchObject({ type: 'DELETED', object: { metadata: { name } } })
  await events.return()
})

conformance('[sig-auth] ServiceAccounts should update a ServiceAccount', async (f) => {
  const name = f.unique('e2e-sa')
  const made = await accountOf(f, name, { automountServiceAccountToken: true })
  expect(made.automountServiceAccountToken).toBe(true)
  const put = await f.client.replace<ServiceAccount>(f.core('serviceaccounts', name), { ...made, automountServiceAccountToken: false })
  expect(put.automountServiceAccountToken).toBe(false)
})

conformance('[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace', async (f) => {
  const path = f.core('configmaps', 'kube-root-ca.crt')
  const { data } = await eventually('it is there', () => f.client.get<ConfigMap>(path))
  expect(Object.keys(data ?? {})).toEqual(['ca.crt'])
  await f.client.delete(path)
  await eventually('it is there again', async () => (await f.client.ask('GET', path)).code === 200)
  await f.client.replace(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': '' } })
  await watchUntil<ConfigMap>(f, f.core('configmaps'), { fieldSelector: 'metadata.name=kube-root-ca.crt' }, ({ object }) => object.data?.['ca.crt'] === data?.['ca.crt'], 'it is as it was')
})

conformance('[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview', async (f) => {
  const name = f.unique('e2e')
  await accountOf(f, name)
  const { status } = await f.client.create<TokenRequest>(f.core('serviceaccounts', `${name}/token`), { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } })
  expect(status?.token).toMatch(/\./)
  const { status: reviewed } = await review(f, status?.token ?? '')
  expect(reviewed).toMatchObject({ authenticated: true, user: { username: `system:serviceaccount:${f.namespace}:${name}` } })
  expect(reviewed?.error ?? '').toBe('')
})

