// npm run pictures: makes the pictures of the READMEs anew, in resources/pictures: the real app, in the real Electron, on a real Docker with a few apps.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startDisplay } from './display.ts'
import { Lab } from './lab/lab.ts'
import { repository } from './lab/places.ts'
import { DesktopApp } from './pages/desktop-app.ts'

const OUT = join(repository, 'resources/pictures')
const SIZE = { width: 1280, height: 800 }
/** So that the charts have something to show. */
const WARM_UP_MS = 75_000

interface Sketch {
  name: string
  image: string
  replicas: number
  port?: number
  command?: string
  cpu?: string
}

/** A third of the server's processors and a little more: the third replica finds no room. */
const TOO_MUCH = `${String(Math.floor(availableParallelism() * 340))}m`

/** A restaurant's few apps, one of which asks for more than there is. */
const APPS: readonly Sketch[] = [
  { name: 'menu-api', image: 'nginx', replicas: 2, port: 80, cpu: '100m' },
  { name: 'recommender', image: 'nginx', replicas: 3, port: 80, cpu: TOO_MUCH },
  { name: 'visitors', image: 'busybox', replicas: 2, cpu: '50m', command: 'while :; do for i in $(seq 1 $((RANDOM % 40))); do wget -qO- http://my-website >/dev/null; done; sleep 0.3; done' },
]

function manifest({ name, image, replicas, port, command, cpu }: Sketch): string {
  const container = {
    name, image,
    ...(command === undefined ? {} : { command: ['sh', '-c', command] }),
    ...(port === undefined ? {} : { ports: [{ containerPort: port }] }),
    ...(cpu === undefined ? {} : { resources: { requests: { cpu, memory: '64Mi' } } }),
  }
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [container] } } } })
}

const SERVICE = JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'my-website' }, spec: { type: 'NodePort', selector: { app: 'my-website' }, ports: [{ port: 80, nodePort: 30080 }] } })

async function main(): Promise<void> {
  await using display = await startDisplay()
  process.env['DISPLAY'] = display.name
  await using lab = await Lab.up({ hosts: 1 })
  const data = await mkdtemp(join(tmpdir(), 'toque-pictures-'))
  await mkdir(OUT, { recursive: true })
  const app = await DesktopApp.open(lab.host(1), data)
  try {
    await app.resize(SIZE)
    const toque = app.page
    const { page } = toque
    const sample = await readFile(join(repository, 'resources/samples/my-website.yaml'), 'utf8')
    await toque.go('Editor')
    await toque.write([sample, SERVICE, ...APPS.map(manifest)].join('\n---\n'))
    await toque.reviewAndApply()
    await toque.expectReady(3)
    await toque.go('Overview')
    await delay(WARM_UP_MS)
    const take = async (name: string): Promise<void> => {
      // Messages go away, charts draw.
      await delay(1500)
      await page.mouse.move(1, 400)
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      await page.screenshot({ path: join(OUT, `${name}.png`) })
      console.log(join(OUT, `${name}.png`))
    }
    await toque.choose('Light theme').catch(() => page.keyboard.press('Escape'))
    await take('overview-light')
    await toque.openApp('my-website-deployment')
    await delay(WARM_UP_MS / 5)
    await take('app-light')
    await toque.go('Editor')
    await toque.write(sample.replace('replicas: 3', 'replicas: 5'))
    await page.getByRole('button', { name: 'Review changes' }).click()
    await page.getByRole('heading', { name: 'What will change' }).waitFor()
    await take('editor-light')
    await toque.go('Overview')
    await toque.choose('Dark theme')
    await toque.choose('한국어')
    await delay(3000)
    await take('overview-ko-dark')
  } finally {
    await app.close()
    await rm(data, { recursive: true, force: true })
  }
}

await main()
