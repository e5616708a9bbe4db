import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { tarball } from '../tarball.ts'

/** Loads an image of this machine's static busybox (every applet in /bin) under a name, unless it is there. */
export async function loadBusybox(docker: Docker, reference: string): Promise<void> {
  const [repo = '', tag = 'latest'] = reference.split(':')
  const there = await docker.getImage(reference).inspect().then(() => true, () => false)
  if (there) return
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n').filter((a) => a !== 'busybox')
  const tar = await tarball([
    { path: 'bin', mode: 0o755, directory: true }, { path: 'tmp', mode: 0o1777, directory: true }, { path: 'etc', mode: 0o755, directory: true },
    { path: 'etc/passwd', mode: 0o644, content: Buffer.from('root:x:0:0:root:/:/bin/sh\n') },
    { path: 'bin/busybox', mode: 0o755, content: readFileSync('/bin/busybox') },
    ...applets.map((a) => ({ path: `bin/${a}`, mode: 0o777, link: 'busybox' })),
  ])
  const stream = await docker.importImage(Readable.from([tar]), { repo, tag }) as AsyncIterable<unknown>
  for await (const _ of stream) { /* to its end */ }
}
