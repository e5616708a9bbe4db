import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Where a window was, in screen pixels. Without x and y the system chooses. */
export interface Bounds {
  x?: number
  y?: number
  width: number
  height: number
}

const FIRST: Bounds = { width: 1280, height: 820 }

/** The bounds that were kept, if the window would still be seen on one of the screens; else the first ones. */
export function restoreBounds(kept: Bounds | undefined, screens: readonly Required<Bounds>[]): Bounds {
  if (kept === undefined || !(kept.width >= 400) || !(kept.height >= 300)) return FIRST
  const { x, y, width, height } = kept
  if (x === undefined || y === undefined) return { width, height }
  // A corner of the title bar must be within reach of the mouse.
  const seen = screens.some((s) => x + width > s.x + 80 && x < s.x + s.width - 80 && y >= s.y - 20 && y < s.y + s.height - 80)
  return seen ? kept : { width, height }
}

/** Reads what `keepBounds` wrote; undefined when there is nothing readable. */
export function readBounds(file: string): Bounds | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Bounds
  } catch {
    return undefined
  }
}

/** Keeps the bounds for the next start. Losing them harms nobody. */
export function keepBounds(file: string, bounds: Bounds): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(bounds))
  } catch (error) {
    console.error(`The window's place could not be kept: ${(error as Error).message}`)
  }
}
