import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const { KeyUsageFlags: Flag } = x509

/** What a key may be used for (RFC 5280, 4.2.1.3), by Kubernetes' names. */
const KEY_USAGES: Readonly<Record<string, x509.KeyUsageFlags>> = {
  'signing': Flag.digitalSignature, 'digital signature': Flag.digitalSignature, 'content commitment': Flag.nonRepudiation, 'key encipherment': Flag.keyEncipherment,
  'key agreement': Flag.keyAgreement, 'data encipherment': Flag.dataEncipherment, 'cert sign': Flag.keyCertSign, 'crl sign': Flag.cRLSign,
  'encipher only': Flag.encipherOnly, 'decipher only': Flag.decipherOnly,
}
/** What a certificate is for (4.2.1.12): OIDs. */
const PURPOSES: Readonly<Record<string, string>> = {
  'any': '2.5.29.37.0', 'server auth': '1.3.6.1.5.5.7.3.1', 'client auth': '1.3.6.1.5.5.7.3.2', 'code signing': '1.3.6.1.5.5.7.3.3', 'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4', 'ipsec end system': '1.3.6.1.5.5.7.3.5', 'ipsec tunnel': '1.3.6.1.5.5.7.3.6', 'ipsec user': '1.3.6.1.5.5.7.3.7', 'timestamping': '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9', 'microsoft sgc': '1.3.6.1.4.1.311.10.3.3', 'netscape sgc': '2.16.840.1.113730.4.1',
}

/** Every usage that can be asked for. */
export const ALL_USAGES: readonly string[] = [...Object.keys(KEY_USAGES), ...Object.keys(PURPOSES)]

/** The extensions of a certificate for these usages. */
export function usageExtensions(usages: readonly string[]): x509.Extension[] {
  const flags = usages.reduce((sum, usage) => sum | (KEY_USAGES[usage] ?? 0), 0)
  const purposes = [...new Set(usages.flatMap((usage) => PURPOSES[usage] ?? []))]
  return [
    ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]),
    ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(purposes)]),
  ]
}
