// npm start: builds what is not built or older than its sources, then runs the desktop app, or with --headless the engine and its web server.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const args = process.argv.slice(2)

/** The newest change below a path, milliseconds since the epoch; 0 when there is nothing. */
function newest(path) {
  const at = statSync(path, { throwIfNoEntry: false })
  if (at === undefined) return 0
  if (!at.isDirectory()) return at.mtimeMs
  return Math.max(at.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))), 0)
}

/** The Electron told in TOQUE_ELECTRON, the official one, or the spare one that preparing fetched; undefined: none. */
function electronPath() {
  if (process.env.TOQUE_ELECTRON) return process.env.TOQUE_ELECTRON
  const record = join(root, 'node_modules/electron/path.txt')
  const candidates = [...(existsSync(record) ? [join(root, 'node_modules/electron/dist', readFileSync(record, 'utf8'))] : []), join(root, '.cache/electron-33.2.1/electron')]
  return candidates.find((path) => existsSync(path))
}

if (!existsSync(join(root, 'node_modules/electron-vite'))) {
  const prepared = spawnSync(process.execPath, [join(root, 'e2e/prepare.mjs'), '--app'], { cwd: root, stdio: ['inherit', 2, 2] })
  if (prepared.status !== 0) process.exit(prepared.status ?? 1)
}
const sources = Math.max(...['src-main', 'src-renderer', 'resources', 'package.json', 'electron.vite.config.ts'].map((path) => newest(join(root, path))))
if (newest(join(root, 'out/renderer/index.html')) < sources) {
  console.error('Toque is built.')
  // Types and messages are made of other files; an updated clone may have old ones.
  spawnSync('npm', ['run', '--silent', 'prepare'], { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  const built = spawnSync(process.execPath, [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (built.status !== 0) {
    console.error(`${built.stdout}\n${built.stderr}\nToque could not be built.`)
    process.exit(built.status ?? 1)
  }
}

if (args.includes('--build-only')) process.exit(0)
if (args.includes('--headless')) {
  process.argv.splice(2, process.argv.length, ...args.filter((arg) => arg !== '--headless'))
  await import(pathToFileURL(join(root, 'out/main/headless.js')).href)
} else {
  const electron = electronPath()
  if (electron === undefined) {
    console.error('There is no Electron here to open a window with. Run: node e2e/prepare.mjs --app   (or run without a window: npm start -- --headless)')
    process.exit(1)
  }
  // Chromium refuses its sandbox to root.
  const child = spawn(electron, [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root, ...args], { stdio: 'inherit' })
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)))
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal))
}
