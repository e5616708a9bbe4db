/** What the scan is inside of. */
interface Place {
  readonly isList: boolean
  readonly keys: Set<string>
  /** The field, or how many items came before. */
  step: string | number
}

const QUOTE = 34
const BACKSLASH = 92
/** What is nested deeper is refused anyway. */
const DEEPEST = 300
const MOST_FOUND = 100

/**
 * The paths of fields that a JSON text has twice (`spec.replicas`), which its parser takes without a word. The text is one that was parsed: nothing
 * else is found wrong with it here.
 */
export function duplicateFields(text: string): string[] {
  const found = new Set<string>()
  const places: Place[] = []
  let isKey = false
  for (let i = 0; i < text.length; i++) {
    const place = places.at(-1)
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = closing(text, i)
        if (isKey && place !== undefined) {
          const key = JSON.parse(text.slice(i, end + 1)) as string
          place.step = key
          if (place.keys.has(key) && found.size < MOST_FOUND) found.add(pathOf(places))
          place.keys.add(key)
          isKey = false
        }
        i = end
        break
      }
      case 123: // {
        if (places.length > DEEPEST) return [...found]
        places.push({ isList: false, keys: new Set(), step: '' })
        isKey = true
        break
      case 91: // [
        if (places.length > DEEPEST) return [...found]
        places.push({ isList: true, keys: new Set(), step: 0 })
        isKey = false
        break
      case 125: // }
      case 93: // ]
        places.pop()
        isKey = false
        break
      case 44: // ,
        isKey = place?.isList === false
        if (place?.isList === true) place.step = Number(place.step) + 1
        break
      default: break
    }
  }
  return [...found]
}

function closing(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1
  return end
}

function pathOf(places: readonly Place[]): string {
  return places.reduce((path, { isList, step }) => (isList ? `${path}[${String(step)}]` : path === '' ? String(step) : `${path}.${String(step)}`), '')
}
