import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'

/** A volume's archive with these files. */
export async function tarball(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name: 'data/', type: 'directory' })
  for (const [name, content] of Object.entries(files)) tar.entry({ name: `data/${name}` }, content)
  tar.finalize()
  return buffer(tar)
}
