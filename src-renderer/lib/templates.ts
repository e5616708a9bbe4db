import type { Locale } from './format.ts'

// A template is text until somebody opens it.
const FILES = import.meta.glob<string>('../../resources/templates/*.yaml', { query: '?raw', import: 'default' })
const BETWEEN = ' ¦ '

/** The kinds that have a starting manifest. */
export const TEMPLATE_KINDS: readonly string[] = Object.keys(FILES).map((path) => path.replace(/^.*\/|\.yaml$/g, ''))

/** Those that are in no namespace. */
const CLUSTER_SCOPED: readonly string[] = ['CertificateIssuer', 'LogSink', 'Namespace', 'Notification', 'PersistentVolume', 'PriorityClass', 'Rebalance']

/** The starting manifest of a kind, with its comments in one language, its objects in a namespace ('': as the cluster chooses). Undefined for a kind that has none. */
export async function templateOf(kind: string, locale: Locale, namespace: string): Promise<string | undefined> {
  const load = FILES[`../../resources/templates/${kind}.yaml`]
  return load === undefined ? undefined : prepareTemplate(await load(), locale, CLUSTER_SCOPED.includes(kind) ? '' : namespace)
}

/** A template whose `my-app` is somebody's name. */
export function aboutApp(text: string, name: string): string {
  return text.replaceAll(/\bmy-app\b/g, name)
}

/** Chooses the comments' language (they hold both, `English ¦ 한국어`) and the namespace of each object. */
export function prepareTemplate(text: string, locale: Locale, namespace: string): string {
  const lines = text.split('\n').map((line) => {
    const hash = line.indexOf('# ')
    const at = line.indexOf(BETWEEN, hash)
    if (hash < 0 || at < 0) return line
    return locale === 'ko' ? `${line.slice(0, hash + 2)}${line.slice(at + BETWEEN.length)}` : line.slice(0, at)
  })
  if (namespace === '') return lines.join('\n')
  // An object's own name stands two deep, below `metadata:` at the margin.
  return lines.flatMap((line, i) => (lines[i - 1] === 'metadata:' && line.startsWith('  name: ') ? [line, `  namespace: ${namespace}`] : [line])).join('\n')
}
