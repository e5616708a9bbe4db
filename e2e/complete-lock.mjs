// node e2e/complete-lock.mjs [--check]: adds to package-lock.json what npm leaves out of it when it runs behind a registry that does not carry
// every platform's packages: optional packages of other platforms. `npm ci` refuses a lock file without them, here and everywhere.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const file = join(dirname(fileURLToPath(import.meta.url)), '../package-lock.json')
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

/** Whether Node would find `name` from the package at `path`. */
function found(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true
    if (at === '') return false
  }
}

/** The entry of a package that is for one platform, as its name says; undefined when it does not. */
function entryFrom(name, version, dev) {
  const words = name.split(/[-/]/).map((word) => (/^(gnu|musl)eabihf$/.test(word) ? 'arm' : word))
  const cpu = PROCESSORS.filter((known) => words.includes(known))
  const os = cpu.includes('wasm32') ? [] : SYSTEMS.filter((known) => words.includes(known))
  if (cpu.length + os.length === 0 || !/^\d/.test(version)) return undefined
  return { version, ...(cpu.length > 0 && { cpu }), ...(dev && { dev }), optional: true, ...(os.length > 0 && { os }) }
}

const lock = JSON.parse(readFileSync(file, 'utf8'))
const added = []
for (const [path, { optionalDependencies = {}, dev = false }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (found(lock.packages, path, name)) continue
    const entry = entryFrom(name, version, dev)
    if (entry === undefined) throw new Error(`${path} may use ${name} ${version}, which is not in package-lock.json, and its name does not say for which platform it is`)
    lock.packages[`node_modules/${name}`] = entry
    added.push(`${name} ${version}`)
  }
}
if (added.length > 0) {
  process.stdout.write(`package-lock.json lacks ${added.join(', ')}\n`)
  if (process.argv.includes('--check')) process.exit(1)
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
}
