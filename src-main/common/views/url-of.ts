import type { Endpoint } from '../contract/index.ts'

/** What a browser opens for a published TCP port, as a part of an `Endpoint`; nothing for other protocols. */
export function urlOf(protocol: Endpoint['protocol'], address: string, port: number): { url?: string } {
  if (protocol !== 'TCP') return {}
  const host = address.includes(':') ? `[${address}]` : address
  return { url: port === 443 || port === 8443 ? `https://${host}:${String(port)}/` : `http://${host}:${String(port)}/` }
}
