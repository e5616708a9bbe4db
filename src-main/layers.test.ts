import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

// The house's load-bearing walls: who may import whom. An edge that is not here is a mistake, or a change of design
// that belongs in this table first. Longest matching prefix wins.
const MAY_IMPORT: Record<string, readonly string[]> = {
  'common': [],
  'hosts': ['common'],
  'policy': ['common'],
  'engine/store': ['common'],
  'engine/api': ['engine/store', 'common'],
  'engine/client': ['common', 'engine/api'],
  'engine/controllers': ['engine/client', 'common', 'policy'],
  'engine/scheduler': ['engine/client', 'common', 'policy'],
  'engine/runtime': ['engine/client', 'common', 'policy', 'hosts'],
  'engine/network': ['engine/client', 'common', 'policy', 'hosts'],
  'engine/metrics': ['engine/client', 'common', 'policy', 'hosts'],
  'engine/lease': ['engine/network', 'common', 'hosts'],
  'engine/copies': ['engine/store', 'engine/lease', 'engine/network', 'common', 'hosts'],
  'engine/nodes': ['engine/client', 'engine/runtime', 'engine/network', 'engine/metrics', 'engine/lease', 'common', 'hosts'],
  'swarm': ['common', 'policy', 'hosts'],
  'kubernetes': ['common', 'policy', 'hosts'],
  'convert': ['common', 'policy', 'hosts'],
  'provision': ['common', 'policy', 'hosts'],
  'services': ['common', 'hosts', 'policy', 'engine/client', 'engine/metrics', 'engine/nodes', 'engine/scheduler', 'engine/lease', 'engine/copies', 'engine/store', 'swarm', 'kubernetes', 'convert', 'provision'],
  'server': ['common'],
  'desktop': ['common'],
}
// Composition: sees everything.
const ENTRIES = new Set(['app.ts', 'drive.ts', 'index.ts', 'headless.ts', 'engine-process.ts', 'preload.ts'])
const ELECTRON = (file: string): boolean => file.startsWith(`desktop${sep}`) || file === 'index.ts' || file === 'preload.ts' || file === 'engine-process.ts'

const root = dirname(fileURLToPath(import.meta.url))
const renderer = join(root, '../src-renderer')

interface Import {
  file: string
  specifier: string
}

function importsUnder(dir: string): Import[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|svelte)$/.test(file) && !file.includes('paraglide'))
    .flatMap((file) => {
      const text = readFileSync(join(dir, file), 'utf8')
      const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g)
      return [...found].map((m) => ({ file, specifier: m[1] ?? m[2] ?? '' }))
    })
}

function layerOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((layer) => path.startsWith(layer.replaceAll('/', sep) + sep))
    .sort((a, b) => b.length - a.length)[0]
}

/** What is wrong with one import of src-main, or undefined. */
function violation({ file, specifier }: Import): string | undefined {
  if (ENTRIES.has(file) || file === 'layers.test.ts') return undefined
  const layer = layerOf(file)
  if (layer === undefined) return `${file}: in no layer of the table`
  const isTest = /\.(test|itest)\.ts$/.test(file) || file.includes('testing')
  if (specifier === 'electron' && !ELECTRON(file)) return `${file}: imports electron`
  if (layer === 'common' && specifier.startsWith('node:') && !isTest) return `${file}: common must not import ${specifier}`
  if (!specifier.startsWith('.')) return undefined
  if (!isTest && specifier.includes('/testing/')) return `${file}: imports what is for tests: ${specifier}`
  const target = relative(root, resolve(root, dirname(file), specifier))
  if (target.startsWith('..')) return isTest ? undefined : `${file}: leaves src-main: ${specifier}`
  const other = layerOf(target)
  // A test may wire real parts together.
  if (other === layer || isTest || (other !== undefined && MAY_IMPORT[layer]?.includes(other))) return undefined
  return `${file}: ${layer} may not import ${other ?? target}`
}

describe('layers', () => {
  test('every import of src-main is an edge of the table', () => {
    const imports = importsUnder(root)
    expect(imports.length).toBeGreaterThan(20)
    expect(imports.map(violation).filter((v) => v !== undefined)).toEqual([])
  })

  test('the renderer imports nothing of src-main but common', () => {
    const outside = importsUnder(renderer).filter(({ file, specifier }) => {
      if (specifier === 'electron') return true
      if (!specifier.startsWith('.')) return false
      const target = relative(join(root, '..'), resolve(renderer, dirname(file), specifier))
      return !target.startsWith('src-renderer') && !target.startsWith(join('src-main', 'common')) && !target.startsWith('resources')
    })
    expect(outside).toEqual([])
  })

  test.each([
    ['engine/controllers/deployment/a.ts', '../../store/store.ts'], ['engine/scheduler/a.ts', '../controllers/x.ts'], ['common/a.ts', 'node:fs'],
    ['services/a.ts', 'electron'], ['engine/runtime/a.ts', '../network/b.ts'], ['engine/client/a.ts', './testing/memory-client.ts'], ['desktop/a.ts', '../engine/client/client.ts'],
  ])('%s importing %s is caught', (file, specifier) => expect(violation({ file: file.replaceAll('/', sep), specifier })).toBeDefined())
})
