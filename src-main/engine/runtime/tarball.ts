import { pack } from 'tar-stream'

/** One entry of a tar archive: a file, a directory, or a symbolic link. */
export interface TarEntry {
  /** Relative, without a leading slash. */
  path: string
  mode: number
  content?: Uint8Array
  directory?: boolean
  /** Target of a symbolic link. */
  link?: string
  uid?: number
  gid?: number
}

/** A tar archive in memory, the same bytes for the same entries and time, which all of them were last changed at. Owner is root unless an entry says otherwise. */
export async function tarball(entries: readonly TarEntry[], changedAt = new Date(0)): Promise<Buffer> {
  const archive = pack()
  for (const { path, mode, content, directory, link, uid = 0, gid = 0 } of entries) {
    const header = { name: path, mode, uid, gid, mtime: changedAt }
    if (link !== undefined) archive.entry({ ...header, type: 'symlink', linkname: link })
    else if (directory === true) archive.entry({ ...header, type: 'directory' })
    else archive.entry({ ...header, type: 'file' }, Buffer.from(content ?? []))
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
