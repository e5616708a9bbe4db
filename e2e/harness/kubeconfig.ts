import { parse } from 'yaml'

/** What a program needs of a kubeconfig to speak to its API: the address, whom to believe, and who one is (PEM). */
export interface Credentials {
  readonly server: string
  readonly ca: Buffer
  readonly cert: Buffer
  readonly key: Buffer
}

/** Of the first cluster and the first user in the text of a kubeconfig; '' and empty for what it does not say. */
export function credentialsOf(kubeconfig: string): Credentials {
  const { clusters: [cluster], users: [user] } = parse(kubeconfig) as { clusters: { cluster: Record<string, string> }[]; users: { user: Record<string, string> }[] }
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64')
  return { server: cluster?.cluster['server'] ?? '', ca: bytes(cluster?.cluster['certificate-authority-data']), cert: bytes(user?.user['client-certificate-data']), key: bytes(user?.user['client-key-data']) }
}
