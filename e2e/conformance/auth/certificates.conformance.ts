import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { CertificateSigningRequest } from '../../../src-main/common/kube/generated/certificates-v1.ts'
import { canAllOperations } from '../api-machinery/api-operations.ts'
import { conformance } from '../framework/conformance.ts'

const GROUP = 'certificates.k8s.io/v1'
const SIGNER = 'example.com/e2e-test-signer'

/** A signing request and a certificate, in PEM, base64. */
function papers(): { request: string; certificate: string } {
  const at = mkdtempSync(join(tmpdir(), 'csr-'))
  try {
    const [key, request, certificate] = ['key.pem', 'request.pem', 'certificate.pem'].map((file) => join(at, file)) as [string, string, string]
    const openssl = (...args: string[]): void => { execFileSync('openssl', args, { stdio: 'ignore' }) }
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-subj', '/CN=e2e.example.com', '-addext', 'subjectAltName=DNS:e2e.example.com', '-out', request)
    openssl('x509', '-req', '-in', request, '-signkey', key, '-days', '1', '-out', certificate)
    return { request: readFileSync(request).toString('base64'), certificate: readFileSync(certificate).toString('base64') }
  } finally {
    rmSync(at, { recursive: true })
  }
}

conformance('[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations', (f) => {
  const { request, certificate } = papers()
  return canAllOperations(f, {
    groupVersion: GROUP, resource: 'certificatesigningrequests', collection: `/apis/${GROUP}/certificatesigningrequests`,
    object: (_i, labels) => ({ apiVersion: GROUP, kind: 'CertificateSigningRequest', metadata: { generateName: 'e2e-example-csr-', labels }, spec: { request, signerName: SIGNER, expirationSeconds: 3600, usages: ['digital signature', 'key encipherment', 'server auth'] } }),
    async more(path) {
      type Request = CertificateSigningRequest
      const { resources } = await f.client.get<{ resources: { name: string }[] }>(`/apis/${GROUP}`)
      expect(resources.map(({ name }) => name)).toEqual(expect.arrayContaining(['certificatesigningrequests', 'certificatesigningrequests/approval', 'certificatesigningrequests/status']))
      expect((await f.client.get<Request>(`${path}/approval`)).spec.signerName).toBe(SIGNER)
      const patched = await f.client.patch<Request>(`${path}/approval`, 'merge', { metadata: { annotations: { patchedapproval: 'true' } }, status: { conditions: [{ type: 'ApprovalPatch', status: 'True', reason: 'e2e' }] } })
      expect(patched.metadata.annotations?.['patchedapproval']).toBe('true')
      expect(patched.status?.conditions?.map(({ type }) => type)).toEqual(['ApprovalPatch'])
      const approved = await f.client.replace<Request>(`${path}/approval`, { ...patched, status: { ...patched.status, conditions: [...(patched.status?.conditions ?? []), { type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }] } })
      expect(approved.status?.conditions?.map(({ type }) => type)).toEqual(['ApprovalPatch', 'Approved'])
      expect((await f.client.get<Request>(`${path}/status`)).spec.request).toBe(request)
      const signed = await f.client.patch<Request>(`${path}/status`, 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status: { certificate } })
      expect(signed.metadata.annotations?.['patchedstatus']).toBe('true')
      expect(signed.status?.certificate).toBe(certificate)
      const put = await f.client.replace<Request>(`${path}/status`, { ...signed, status: { ...signed.status, conditions: [...(signed.status?.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }] } })
      expect(put.status?.conditions?.map(({ type }) => type)).toEqual(['ApprovalPatch', 'Approved', 'StatusUpdate'])
      expect(put.status?.certificate).toBe(certificate)
    },
  })
})
