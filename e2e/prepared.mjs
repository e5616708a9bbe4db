// node e2e/prepared.mjs [--build] SCRIPT ...: prepares the machine (--build: and builds Toque), then runs one of e2e's scripts with the arguments
// that follow. Needs nothing but Node and npm, so that npm run demo, lab, bench and soak work in a fresh clone.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const words = process.argv.slice(2)
const build = words[0] === '--build'
const [script = '', ...args] = build ? words.slice(1) : words
// As root on Linux everything runs in a lab, made of what the tests need too. Elsewhere only the demo runs: it needs the app and the user's Docker.
const lab = (process.platform === 'linux' && process.getuid?.() === 0) || script !== 'demo.ts'

let child
// A script cleans up after itself: a Ctrl+C reaches it from the terminal, another signal from here, and either way it is waited for.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child?.kill('SIGTERM'))

function run(args, stdio) {
  child = spawn(process.execPath, args, { cwd: root, stdio })
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => {
      if (status === 0) resolve()
      else process.exit(status ?? (signal === 'SIGINT' ? 130 : 1))
    })
  })
}

// Standard output belongs to the script: its last line is for programs.
await run([join(root, 'e2e/prepare.mjs'), ...(lab ? [] : ['--app'])], ['inherit', 2, 2])
if (build) await run([join(root, 'resources/start.mjs'), '--build-only'], ['inherit', 2, 2])
await run(['--import', pathToFileURL(join(root, 'node_modules/tsx/dist/esm/index.mjs')).href, join(root, 'e2e', script), ...args], 'inherit')
