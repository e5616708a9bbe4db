/** What a page's addresses are seen from: the path that stands before them here, and whose host is the server's own. */
export interface SeenFrom {
  /** `/api/v1/namespaces/default/services/web/proxy`. */
  readonly prefix: string
  /** Hosts that mean the proxied server: as it was reached, and as the client calls this one. */
  readonly hosts: readonly string[]
}

/** Attributes that hold an address, as HTML lists them. */
const ATTRIBUTES = 'action|background|cite|classid|codebase|data|formaction|href|icon|longdesc|manifest|poster|profile|src|usemap'
const ATTRIBUTE = new RegExp(`(<[a-zA-Z][^<>]*?\\s)?\\b(${ATTRIBUTES})(\\s*=\\s*)("[^"<>]*"|'[^'<>]*'|[^\\s"'<>]+)`, 'gi')
const TAG = /<[a-zA-Z][^<>]*>/g

/** An address as the client must ask for it: one that begins at the server's root gets the prefix; a relative one and one of another host stay. */
export function rewriteAddress(address: string, { prefix, hosts }: SeenFrom): string {
  const [, host, path] = /^(?:https?:)?\/\/([^/?#]*)(.*)$/i.exec(address) ?? []
  if (host !== undefined && !hosts.includes(host)) return address
  const rest = host === undefined ? address : path || '/'
  if (!rest.startsWith('/') || rest === prefix || rest.startsWith(`${prefix}/`)) return rest
  return prefix + rest
}

/** A page with its addresses rewritten, so that its links and pictures lead through the proxy again. */
export function rewritePage(html: string, seen: SeenFrom): string {
  return html.replace(TAG, (tag) => tag.replace(ATTRIBUTE, (whole: string, before: string | undefined, name: string, equals: string, value: string) => {
    const quote = /^["']/.test(value) ? value.charAt(0) : ''
    const address = quote === '' ? value : value.slice(1, -1)
    const rewritten = rewriteAddress(address, seen)
    return rewritten === address ? whole : `${before ?? ''}${name}${equals}${quote}${rewritten}${quote}`
  }))
}
