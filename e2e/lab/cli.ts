import { Lab } from './lab.ts'
import { labsDir } from './places.ts'
import { cleanRemains, labIds } from './remains.ts'
import type { LabStatus } from './protocol.ts'

const USAGE = `npm run lab -- COMMAND [--id ID]     test servers on this machine (Linux, root); ID is 'lab' unless told

  up N [--net 10.88.7] [--routed]
                         make servers 1..N (or as many more as are missing) and wait until they answer
  down [--all]           take the lab (or every lab) down; nothing is left behind
  kill I | start I       cut server I's power; boot it again from its disk
  cut I | heal I         take server I off the network; put it back
  freeze I | thaw I      hang server I; let it go on
  in I COMMAND...        run a command on server I
  net I COMMAND...       run a command of this machine's on server I's network, with DOCKER_HOST set to its Docker
  status                 all labs`

interface Arguments {
  words: string[]
  id: string
  net?: string
  routed: boolean
  all: boolean
}

/** Options stand before the words of a command to run, which are not ours to read. */
function parse(argv: readonly string[]): Arguments {
  const parsed: Arguments = { words: [], id: 'lab', routed: false, all: false }
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (['in', 'net'].includes(parsed.words[0] ?? '') && parsed.words.length >= 2) parsed.words.push(word)
    else if (word === '--id') parsed.id = argv[++i] ?? ''
    else if (word === '--net') parsed.net = argv[++i]
    else if (word === '--routed') parsed.routed = true
    else if (word === '--all') parsed.all = true
    else parsed.words.push(word)
  }
  return parsed
}

function numberFrom(word: string | undefined): number {
  if (word === undefined || !/^[1-9]\d?$/.test(word)) throw new Error(`'${word ?? ''}' is not a server's number (1 to 99)`)
  return Number(word)
}

function describe(status: LabStatus, dir: string): string {
  const registry = status.registry === undefined ? '' : `, registry ${status.registry}`
  const lines = status.hosts.map(({ host, state, address }) => `  ${host}  ${state.padEnd(6)}  ${address}  unix://${dir}/h${host}/run/docker.sock`)
  return [`${status.id}  ${status.net}.0/24${registry}${status.detached ? '' : ', ends with its creator'}`, ...lines].join('\n')
}

async function up({ words, id, net, routed }: Arguments): Promise<void> {
  const hosts = numberFrom(words[1])
  const there = await Lab.find(id).catch(() => undefined)
  const lab = there ?? (await Lab.up({ id, net, hosts, routed }))
  if (there === undefined) await lab.detach()
  else await lab.grow(hosts)
  console.log(describe(lab.status, lab.dir))
  console.log(`  ssh -i ${lab.host(1).ssh.keyFile} root@${lab.host(1).address}`)
}

async function down({ id, all }: Arguments): Promise<void> {
  const ids = all ? await labIds(labsDir()) : [id]
  for (const one of ids) await (await Lab.find(one).catch(() => undefined))?.down()
  const remains = await cleanRemains(labsDir())
  if (remains.length > 0) console.log(`cleaned what dead labs had left: ${remains.join(', ')}`)
}

async function status(): Promise<void> {
  const ids = await labIds(labsDir())
  if (ids.length === 0) console.log('no labs')
  for (const id of ids) {
    const lab = await Lab.find(id).catch(() => undefined)
    console.log(lab === undefined ? `${id}  being made or ended, or dead (its remains go with the next up or down)` : describe(lab.status, lab.dir))
  }
}

async function onHost({ words, id }: Arguments): Promise<number> {
  const [command, number, ...rest] = words
  const lab = await Lab.find(id)
  const host = lab.host(numberFrom(number))
  if (rest.length === 0) throw new Error(`${command}: which command?`)
  const words2 = command === 'in' ? rest : [...host.onItsNetwork, ...rest]
  const { spawn } = await import('node:child_process')
  const env = { ...process.env, DOCKER_HOST: `unix://${host.dockerSocket}` }
  const child = command === 'in' ? host.spawn(rest, { stdio: 'inherit' }) : spawn(words2[0] ?? '', words2.slice(1), { stdio: 'inherit', env })
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', (code) => resolve(code ?? 1)))
}

async function main(args: Arguments): Promise<number> {
  const command = args.words[0]
  switch (command) {
    case 'up':
      await up(args)
      return 0
    case 'down':
      await down(args)
      return 0
    case 'status':
      await status()
      return 0
    case 'in':
    case 'net':
      return onHost(args)
    case 'kill':
    case 'start':
    case 'cut':
    case 'heal':
    case 'freeze':
    case 'thaw':
      await (await Lab.find(args.id)).host(numberFrom(args.words[1]))[command]()
      return 0
    default:
      console.log(USAGE)
      return 2
  }
}

process.exitCode = await main(parse(process.argv.slice(2))).catch((error: unknown) => {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`)
  return 1
})
