import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.woff': 'font/woff', '.map': 'application/json',
}

/** A file of the built page. */
export interface StaticFile {
  body: Buffer
  type: string
}

/** Reads the file that a URL path names below `root`; undefined when there is none. `/` is index.html. */
export async function readStatic(root: string, urlPath: string): Promise<StaticFile | undefined> {
  let path: string
  try {
    path = normalize(join(root, decodeURIComponent(urlPath)))
  } catch {
    return undefined
  }
  if (path.includes('\0') || !(path + sep).startsWith(normalize(root + sep))) return undefined
  if (path === normalize(root) || path === normalize(root + sep)) path = join(root, 'index.html')
  try {
    return { body: await readFile(path), type: TYPES[extname(path)] ?? 'application/octet-stream' }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined
    throw error
  }
}
