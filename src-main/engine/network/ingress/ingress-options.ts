import type { Ingress } from '../../../common/kube/generated/networking-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** What the annotations of an Ingress ask for. */
export interface IngressOptions {
  /** Plain HTTP is sent to HTTPS: `tls` where the host has a certificate (the default), `always`, or `never`. */
  redirect: 'tls' | 'always' | 'never'
  /** The cookie that keeps a client with one pod. */
  cookie: string | undefined
  /** Do the pods speak TLS? Their certificates are not looked at, as with ingress-nginx. */
  backendTls: boolean
  /** Seconds that a pod may be silent in an answer. */
  timeoutSeconds: number
  /** How the requests for a Service are shared among several, by the Service that a path names (which may be among them). */
  weights: ReadonlyMap<string, number> | undefined
}

const NGINX = 'nginx.ingress.kubernetes.io/'
const OWN = 'toque.dev/'
/** Shares of the traffic: `web=90,web-canary=10`. */
const WEIGHTS_ANNOTATION = `${OWN}service-weights`
const DEFAULT_COOKIE = 'INGRESSCOOKIE'
const DEFAULT_TIMEOUT_SECONDS = 60
const MAX_TIMEOUT_SECONDS = 24 * 3600
const KNOWN = ['affinity', 'affinity-mode', 'session-cookie-name', 'ssl-redirect', 'force-ssl-redirect', 'backend-protocol', 'proxy-read-timeout']

/** Reads the annotations, ingress-nginx's and our own of the same names, which go before. What makes no sense is left out, and told in a sentence each. */
export function ingressOptions(ingress: Frozen<Ingress>): { options: IngressOptions; problems: string[] } {
  const annotations = ingress.metadata.annotations ?? {}
  const problems: string[] = []
  const bad = (name: string, value: string, must: string): void => {
    const key = `${OWN}${name}` in annotations ? `${OWN}${name}` : `${NGINX}${name}`
    problems.push(`annotation ${key}: "${value.slice(0, 60)}" ${must}; it is left out of account`)
  }
  const value = (name: string): string | undefined => annotations[`${OWN}${name}`] ?? annotations[`${NGINX}${name}`]
  const flag = (name: string): boolean | undefined => {
    const text = value(name)
    if (text === undefined || text === 'true' || text === 'false') return text === undefined ? undefined : text === 'true'
    bad(name, text, 'is neither "true" nor "false"')
    return undefined
  }
  const redirect = flag('force-ssl-redirect') === true ? 'always' : flag('ssl-redirect') === false ? 'never' : 'tls'
  const weights = readWeights(annotations[WEIGHTS_ANNOTATION])
  if (typeof weights === 'string') problems.push(weights)
  for (const key of Object.keys(annotations)) {
    if (key.startsWith(NGINX) && !KNOWN.includes(key.slice(NGINX.length))) problems.push(`annotation ${key} is not understood here and changes nothing; understood are ${KNOWN.join(', ')}`)
  }
  return {
    options: { redirect, cookie: readCookie(value, bad), backendTls: readProtocol(value, bad), timeoutSeconds: readTimeout(value, bad), weights: typeof weights === 'string' ? undefined : weights },
    problems,
  }
}

type Value = (name: string) => string | undefined
type Bad = (name: string, value: string, must: string) => void

function readCookie(value: Value, bad: Bad): string | undefined {
  const affinity = value('affinity')
  if (affinity === undefined) return undefined
  if (affinity !== 'cookie') {
    bad('affinity', affinity, 'is not "cookie", the only way to keep a client with one pod')
    return undefined
  }
  const name = value('session-cookie-name')
  if (name === undefined || /^[A-Za-z0-9_-]{1,64}$/.test(name)) return name ?? DEFAULT_COOKIE
  bad('session-cookie-name', name, `is no cookie's name (letters, digits, - and _); ${DEFAULT_COOKIE} is used`)
  return DEFAULT_COOKIE
}

function readProtocol(value: Value, bad: Bad): boolean {
  const protocol = value('backend-protocol')
  if (protocol !== undefined && !['HTTP', 'HTTPS'].includes(protocol.toUpperCase())) bad('backend-protocol', protocol, 'is neither HTTP nor HTTPS')
  return protocol?.toUpperCase() === 'HTTPS'
}

function readTimeout(value: Value, bad: Bad): number {
  const text = value('proxy-read-timeout')
  if (text === undefined) return DEFAULT_TIMEOUT_SECONDS
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS) return seconds
  bad('proxy-read-timeout', text, `is no number of seconds from 1 to ${String(MAX_TIMEOUT_SECONDS)}`)
  return DEFAULT_TIMEOUT_SECONDS
}

/** The shares, or a sentence about what is wrong with them. */
function readWeights(text: string | undefined): ReadonlyMap<string, number> | string | undefined {
  if (text === undefined) return undefined
  const parts = text.split(',').map((part) => /^\s*([a-z][-a-z0-9]*)\s*=\s*(\d{1,6})\s*$/.exec(part))
  const shares = new Map(parts.flatMap((part) => (part === null ? [] : [[part[1] ?? '', Number(part[2])] as const])))
  const total = [...shares.values()].reduce((a, b) => a + b, 0)
  if (parts.includes(null) || shares.size < parts.length || total === 0) return `annotation ${WEIGHTS_ANNOTATION}: "${text.slice(0, 60)}" is not SERVICE=WEIGHT,SERVICE=WEIGHT with one weight above 0; the traffic is not shared`
  return shares
}
