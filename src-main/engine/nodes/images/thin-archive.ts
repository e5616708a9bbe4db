import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { extract, pack } from 'tar-stream'
import type { Extract, Pack } from 'tar-stream'
import { LayerFiles } from './layer-files.ts'

type Entry = Extract extends AsyncIterable<infer E> ? E : never

/** A description is a few kilobytes. */
const LARGEST_DESCRIPTION = 4 << 20

export interface ThinArchiveOptions {
  /** The image's diff IDs, the lowest first. */
  layers: readonly string[]
  /** How many of them, from the lowest, the receiver has. */
  present: number
  /** So many bytes were left out. */
  onSpared(bytes: number): void
}

/**
 * An image archive without the files of layers that its receiver has: Docker looks for a layer by its chain before it reads the file. Streams: what is
 * not read is not taken from `archive` either. Fails when `archive` ends too early; destroying it destroys `archive`.
 */
export function thinArchive(archive: Readable, options: ThinArchiveOptions): Readable {
  const output = pack()
  // It is heard of by who reads `thin`, if anybody still does.
  output.on('error', () => undefined)
  const thin = Readable.from(output as AsyncIterable<Buffer>, { objectMode: false })
  filter(archive, output, options).then(() => output.finalize(), (error: unknown) => thin.destroy(error instanceof Error ? error : new Error(String(error))))
  thin.once('close', () => archive.destroy())
  return thin
}

async function filter(archive: Readable, output: Pack, { layers, present, onSpared }: ThinArchiveOptions): Promise<void> {
  const needed = new Set(layers.slice(present))
  const files = new LayerFiles(layers)
  const input = extract()
  // An archive that breaks off between two files looks whole to `input`.
  const ended = finished(archive)
  ended.catch((error: Error) => input.destroy(error))
  archive.pipe(input)
  for await (const entry of input) {
    const { name, type, size } = entry.header
    const layer = type === 'file' ? files.layerOf(name) : undefined
    if (layer !== undefined && !needed.has(layer)) {
      for await (const _ of entry) { /* left out */ }
      onSpared(size)
    } else if (files.isDescription(name) && size <= LARGEST_DESCRIPTION) {
      const content = await buffer(entry)
      files.read(name, content.toString())
      output.entry(entry.header, content)
    } else await passOn(entry, output)
  }
  await ended
}

/** At the pace at which the output is read. */
function passOn(entry: Entry, output: Pack): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = output.entry(entry.header, (error) => (error === undefined || error === null ? resolve() : reject(error)))
    sink.on('error', reject)
    if (entry.header.type === 'file') entry.on('error', reject).pipe(sink)
    else entry.resume()
  })
}
