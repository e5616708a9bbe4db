import type { ServerCounters } from '../../../common/kube/traffic.ts'
import type { IngressBackendModel } from './ingress-model.ts'

/** Backends asked on one line: it must not be longer than the proxy reads. */
const A_LINE = 40

/** The proxy's commands that show its process, and the counters of all backends where one of the addresses is a server; '' where there are none. Pure. */
export function counterCommands(backends: readonly IngressBackendModel[], addresses: ReadonlySet<string>): string {
  const names = backends.filter(({ servers }) => servers.some(({ ip }) => addresses.has(ip))).map(({ name }) => name)
  const lines: string[] = []
  // 4: servers, and not what they are together.
  for (let i = 0; i < names.length; i += A_LINE) lines.push(`${['show info', ...names.slice(i, i + A_LINE).map((name) => `show stat ${name} 4 -1`)].join(';')}\n`)
  return lines.join('')
}

/** What it answered: `Pid: N` among its process' facts, and tables with a head each (columns differ between versions). Lines that are neither are passed over. Pure. */
export function parseCounters(node: string, text: string): ServerCounters[] {
  let process = ''
  let columns: string[] = []
  const found: ServerCounters[] = []
  for (const line of text.split('\n')) {
    const pid = /^Pid: (\d+)/.exec(line)?.[1]
    if (pid !== undefined) process = pid
    else if (line.startsWith('# ')) columns = line.slice(2).split(',')
    else if (columns.length > 0 && line.includes(',')) {
      const cells = line.split(',')
      const cell = (name: string): string => cells[columns.indexOf(name)] ?? ''
      const number = (name: string): number => Number(cell(name)) || 0
      const address = /^([\d.]+):\d+$/.exec(cell('addr'))?.[1]
      if (address === undefined) continue
      found.push({
        proxy: node, process, place: `${cell('pxname')}/${cell('svname')}`, address, answers: number('req_tot'), errors: number('hrsp_5xx'),
        failed: number('econ') + number('eresp'), meanMs: number('rtime'),
      })
    }
  }
  return found
}
