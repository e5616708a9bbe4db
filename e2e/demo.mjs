// npm run demo [-- --once]: prepares the machine, then shows Toque. Needs nothing but Node and npm.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
// As root on Linux the demo has a server of its own, made of what the tests need too; elsewhere it needs the app and the user's Docker.
const lab = process.platform === 'linux' && process.getuid?.() === 0

let child
// The demo cleans up after itself: a Ctrl+C reaches it from the terminal, another signal from here, and either way it is waited for.
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

// Standard output belongs to the demo: its last line is for programs.
await run([join(root, 'e2e/prepare.mjs'), ...(lab ? [] : ['--app'])], ['inherit', 2, 2])
await run(['--import', pathToFileURL(join(root, 'node_modules/tsx/dist/esm/index.mjs')).href, join(root, 'e2e/demo.ts'), ...process.argv.slice(2)], 'inherit')
