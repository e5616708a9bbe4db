import { Signer } from '../../../common/kube/signing-request.ts'
import type { Requested } from './request.ts'

const NODES = 'system:nodes'
const NODE_PREFIX = 'system:node:'

/** Why a signer of the cluster may not sign this, in upstream's words; undefined where it may. Pure. */
export function signerRefuses(signer: string, { commonName, organizations, names }: Pick<Requested, 'commonName' | 'organizations' | 'names'>, usages: readonly string[]): string | undefined {
  const has = (type: string): boolean => names.some((name) => name.type === type)
  switch (signer) {
    case Signer.client: return clientUsages(usages)
    case Signer.kubeletClient: {
      if (!ofNodes(organizations)) return 'subject organization is not system:nodes'
      for (const [type, what] of [['dns', 'DNS'], ['email', 'Email'], ['ip', 'IP'], ['url', 'URI']] as const) if (has(type)) return `${what} subjectAltNames are not allowed`
      if (!commonName.startsWith(NODE_PREFIX)) return 'subject common name does not begin with system:node:'
      return exactly(usages, 'client auth')
    }
    case Signer.kubeletServing: {
      if (!ofNodes(organizations)) return 'subject organization is not system:nodes'
      if (!has('dns') && !has('ip')) return 'DNS or IP subjectAltName is required'
      for (const [type, what] of [['email', 'Email'], ['url', 'URI']] as const) if (has(type)) return `${what} subjectAltNames are not allowed`
      if (!commonName.startsWith(NODE_PREFIX)) return 'subject common name does not begin with system:node:'
      return exactly(usages, 'server auth')
    }
    default: return undefined
  }
}

function ofNodes(organizations: readonly string[]): boolean {
  return organizations.length === 1 && organizations[0] === NODES
}

function clientUsages(usages: readonly string[]): string | undefined {
  const other = usages.find((usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
}

/** An elliptic key enciphers no keys: either is right. */
function exactly(usages: readonly string[], purpose: string): string | undefined {
  const wanted = new Set(['digital signature', purpose])
  const given = new Set(usages.filter((usage) => usage !== 'key encipherment'))
  const same = given.size === wanted.size && [...wanted].every((usage) => given.has(usage))
  return same ? undefined : `usages did not match ["digital signature" "key encipherment" "${purpose}"]`
}
