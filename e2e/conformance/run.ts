// npm run conformance [-- --kubeconfig FILE] [--protobuf] [WORDS ...]: the tests of Kubernetes' conformance list, as they are written in this folder, on a cluster of two
// servers made for them, or on the one that a kubeconfig leads to. WORDS: only the tests whose names hold them; a folder or file of tests: only these. --protobuf: the tests speak it wherever Go's clients do, as upstream's own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Team } from '../harness/team.ts'
import { repository } from '../lab/places.ts'

const SERVERS = 2

async function judge(kubeconfig: string, wire: string, words: readonly string[]): Promise<number> {
  const files = words.filter((word) => existsSync(join(repository, word)))
  const names = words.filter((word) => !files.includes(word))
  const child = spawn(join(repository, 'node_modules/.bin/vitest'), ['run', '--project', 'conformance*', ...files, ...(names.length === 0 ? [] : ['-t', names.join(' ')])], {
    cwd: repository, stdio: 'inherit', env: { ...process.env, CONFORMANCE_KUBECONFIG: kubeconfig, CONFORMANCE_WIRE: wire },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { kubeconfig: { type: 'string' }, protobuf: { type: 'boolean' } } })
  const wire = values.protobuf === true ? 'protobuf' : 'json'
  if (values.kubeconfig !== undefined) return judge(values.kubeconfig, wire, positionals)
  const team = await Team.up(SERVERS)
  try {
    return await judge(team.toque.kubeconfig, wire, positionals)
  } finally {
    await team.down()
  }
}

process.exitCode = await main()
