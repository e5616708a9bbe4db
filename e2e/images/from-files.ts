import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../lab/run.ts'
import { makeImage, makeLayer, type Image, type ImageConfig, type ImageFile } from './image.ts'

/** What to make an image of, without any Docker. */
export interface FilesRecipe {
  names: readonly string[]
  /** Programs of this machine, each copied to its own path with every shared library it loads. */
  binaries?: readonly string[]
  /** Files and folders (whole) of this machine, copied to the same path; or from one path to another. */
  copies?: readonly (string | { from: string; to: string })[]
  files?: readonly ImageFile[]
  config: ImageConfig
  /** Lies below. */
  base?: Image
}

/** An image of this machine's own programs and given files. */
export async function imageFromFiles(recipe: FilesRecipe): Promise<Image> {
  const files: ImageFile[] = [{ path: '/tmp', directory: true, mode: 0o1777 }]
  for (const binary of recipe.binaries ?? []) {
    for (const path of [binary, ...(await sharedLibraries(binary))]) files.push(await copied(path, path))
  }
  for (const copy of recipe.copies ?? []) {
    const { from, to } = typeof copy === 'string' ? { from: copy, to: copy } : copy
    files.push(...(await copiedTree(from, to)))
  }
  files.push(...(recipe.files ?? []))
  return makeImage(recipe.names, [await makeLayer(files)], recipe.config, recipe.base)
}

/** Absolute paths of all shared libraries a program loads, the loader included; none for a static one. */
async function sharedLibraries(binary: string): Promise<string[]> {
  const { code, stdout, stderr } = await run('ldd', [binary], { anyCode: true })
  if (code !== 0) {
    if (/not a dynamic executable|statically linked/.test(stdout + stderr)) return []
    throw new Error(`ldd ${binary}: ${stderr.trim()}`)
  }
  if (stdout.includes('not found')) throw new Error(`${binary} lacks a library here: ${stdout.trim()}`)
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '')
}

/** The files under a folder of this machine, or the one file, as they would be at another path. Links are followed. */
async function copiedTree(from: string, to: string): Promise<ImageFile[]> {
  if (!(await stat(from)).isDirectory()) return [await copied(from, to)]
  const found: ImageFile[] = [{ path: to, directory: true }]
  for (const name of (await readdir(from)).sort()) found.push(...(await copiedTree(join(from, name), join(to, name))))
  return found
}

async function copied(from: string, to: string): Promise<ImageFile> {
  return { path: to, content: await readFile(from), mode: (await stat(from)).mode & 0o7777 }
}
