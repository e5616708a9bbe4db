import { expect } from 'vitest'
import { conformance } from '../framework/conformance.ts'
import { outputOf, podOf, runningPod } from '../framework/pods.ts'

// Upstream's image says what it was started with; here the same is seen of the image's own command, a shell without input, and of what echo is given.

conformance('[sig-node] Containers should use the image defaults if command and args are blank [NodeConformance]', async (f) => {
  const { metadata: { name } } = await runningPod(f, podOf('client-containers', { containers: [{ image: 'nginx', command: [], args: [] }] }))
  expect((await f.kubectl(['exec', name, '--', 'cat', '/proc/1/cmdline'])).split('\0').join(' ')).toContain('nginx: master process nginx -g daemon off;')
})

conformance("[sig-node] Containers should be able to override the image's default arguments (container cmd) [NodeConformance]", async (f) => {
  expect(await outputOf(f, podOf('client-containers', { containers: [{ args: ['echo', 'override', 'arguments'] }] }))).toBe('override arguments\n')
})

conformance("[sig-node] Containers should be able to override the image's default command (container entrypoint) [NodeConformance]", async (f) => {
  // The image's arguments go with its command.
  expect(await outputOf(f, podOf('client-containers', { containers: [{ image: 'nginx', command: ['/bin/echo'] }] }))).toBe('\n')
})

conformance("[sig-node] Containers should be able to override the image's default command and arguments [NodeConformance]", async (f) => {
  expect(await outputOf(f, podOf('client-containers', { containers: [{ command: ['/bin/echo'], args: ['override', 'arguments'] }] }))).toBe('override arguments\n')
})
