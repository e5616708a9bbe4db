import type { CertificateSigningRequest } from './generated/certificates-v1.ts'
import type { Resource } from './resource.ts'

/** Somebody asks a signer for a certificate. */
export const CertificateSigningRequests: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest', plural: 'certificatesigningrequests', namespaced: false,
}

/** The signers of the cluster's own CA; any other name is somebody else's. */
export const Signer = {
  /** Client certificates for people and programs. */
  client: 'kubernetes.io/kube-apiserver-client',
  /** Client certificates for nodes. */
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  /** Serving certificates for nodes. */
  kubeletServing: 'kubernetes.io/kubelet-serving',
  /** Anything; no longer to be asked for. */
  legacyUnknown: 'kubernetes.io/legacy-unknown',
} as const
