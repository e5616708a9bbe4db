import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from '../lab/lab.ts'
import { imageFromFiles } from './from-files.ts'
import { dockerTar } from './image.ts'
import { pushImage } from './push.ts'

let lab: Lab
const docker = async (...words: string[]): Promise<string> => (await lab.host(1).exec(['docker', ...words])).stdout.trim()

beforeAll(async () => {
  lab = await Lab.up()
})
afterAll(() => lab?.down())

test('nginx is pulled as from Docker Hub, serves, and ends gracefully on its stop signal', async () => {
  const id = await docker('run', '--detach', '--name', 'web', 'nginx')
  console.log(`container ${id}`)
  const address = await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', 'web')
  const page = await lab.host(1).exec(`until curl -sf http://${address}; do sleep 0.05; done`)
  expect(page.stdout).toContain('Welcome to nginx!')
  await docker('stop', 'web')
  expect(await docker('inspect', '--format', '{{.Config.StopSignal}} {{.State.ExitCode}}', 'web')).toBe('SIGQUIT 0')
  expect(await docker('logs', 'web')).toContain('"GET / HTTP/1.1" 200')
})

test('the testapp does as it is asked: fails its health check for a time, crashes with a code, ends when out of memory', async () => {
  await docker('run', '--detach', '--name', 'app', '--memory', '64m', 'toque/testapp:v1')
  const address = await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', 'app')
  const get = async (path: string): Promise<string> => (await lab.host(1).exec(['curl', '-s', '-w', ' %{http_code}', `http://${address}:8080${path}`], { anyCode: true })).stdout
  // A container runs before its program listens.
  const listens = (): Promise<unknown> => lab.host(1).exec(`until curl -so /dev/null http://${address}:8080/live; do sleep 0.05; done`)
  await listens()
  expect(await get('/')).toMatch(/"version":"v1".* 200$/s)
  await get('/fail?what=ready&for=60000')
  expect(await get('/ready')).toMatch(/503$/)
  expect(await get('/live')).toMatch(/200$/)
  await get('/crash?code=7')
  expect(await docker('wait', 'app')).toBe('7')
  await docker('start', 'app')
  await listens()
  await get('/oom')
  await docker('wait', 'app')
  // That it was for memory may be told a moment after its end.
  await expect.poll(() => docker('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', 'app')).toBe('137 true')
})

test('an image of this machine\'s files is loaded as a tar and pulled from the registry, and is the same one', async () => {
  const image = await imageFromFiles({
    names: ['toque/hello:1'], binaries: ['/bin/cat'],
    files: [{ path: '/hello', content: 'hello\n' }], config: { Entrypoint: ['/bin/cat', '/hello'] },
  })
  await lab.host(1).exec(['docker', 'load'], { input: await dockerTar(image) })
  expect(await docker('run', '--rm', 'toque/hello:1')).toBe('hello')
  const loaded = await docker('inspect', '--format', '{{.Id}}', 'toque/hello:1')
  await docker('rmi', 'toque/hello:1')
  await pushImage(lab.registry ?? '', image)
  await docker('pull', 'toque/hello:1')
  expect(await docker('inspect', '--format', '{{.Id}}', 'toque/hello:1')).toBe(loaded)
})
