import { CelError } from '../errors.ts'
import { ArrayList, EntryMap, Opaque } from '../values.ts'
import type { Overload } from './define.ts'
import { define } from './define.ts'

class Url extends Opaque {
  readonly typeName = 'kubernetes.URL'
  readonly url: URL
  /** Only a path, without a host. */
  readonly isPath: boolean
  readonly text: string
  constructor(text: string) {
    super()
    this.text = text
    this.isPath = text.startsWith('/')
    this.url = new URL(text, 'http://none')
  }
  equals(other: Opaque): boolean {
    return other instanceof Url && other.text === this.text
  }
}

/** As Go's ParseRequestURI: absolute, or a path from the root. */
function isUrl(text: string): boolean {
  if (/[\s]/.test(text)) return false
  return text.startsWith('/') ? URL.canParse(text, 'http://none') : /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && URL.canParse(text)
}

/** Kubernetes' functions of URLs. */
export const URLS: readonly Overload[] = [
  define('url(string): url', ([text]: readonly [string]) => {
    if (!isUrl(text)) throw new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`)
    return new Url(text)
  }),
  define('isURL(string): bool', ([text]: readonly [string]) => isUrl(text)),
  define('url.getScheme(): string', ([{ url, isPath }]: readonly [Url]) => (isPath ? '' : url.protocol.slice(0, -1))),
  define('url.getHost(): string', ([{ text, isPath }]: readonly [Url]) => (isPath ? '' : (/^[^:]+:\/\/(?:[^@/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? ''))),
  define('url.getHostname(): string', ([{ url, isPath }]: readonly [Url]) => (isPath ? '' : url.hostname.replace(/^\[|\]$/g, ''))),
  define('url.getPort(): string', ([{ text, isPath }]: readonly [Url]) => (isPath ? '' : (/^[^:]+:\/\/(?:[^@/?#]*@)?(?:\[[^\]]*\]|[^:/?#]*):(\d+)/.exec(text)?.[1] ?? ''))),
  define('url.getEscapedPath(): string', ([{ url, text }]: readonly [Url]) => (/^[^:/]+:\/\/[^/?#]*(\?|#|$)/.test(text) ? '' : url.pathname)),
  define('url.getQuery(): map', ([{ url }]: readonly [Url]) => new EntryMap([...new Set(url.searchParams.keys())].map((name) => [name, new ArrayList(url.searchParams.getAll(name))]))),
]
