import { basename } from 'node:path'
import { DATA_FILE } from '../disk.ts'

/** strace's arguments that record all a store does to its file, data included. */
export const STRACE = ['-f', '-qq', '-y', '-xx', '-s', '16777216', '-e',
  'trace=openat,lseek,write,writev,pwrite64,pwritev,pwritev2,ftruncate,fallocate,fdatasync,fsync,msync,sync_file_range,mmap,rename,renameat,renameat2']

/** What the store did, in order. An operation that overlapped others has a start and a later end. */
export type Step =
  | { readonly type: 'write'; readonly id: number; readonly offset: number; readonly data: Buffer }
  /** The write is over; `durable`: made through a descriptor that syncs each write. */
  | { readonly type: 'written'; readonly id: number; readonly durable: boolean }
  | { readonly type: 'sync'; readonly id: number }
  | { readonly type: 'synced'; readonly id: number }
  | { readonly type: 'renamed' }
  | { readonly type: 'directorySynced' }
  | { readonly type: 'acknowledged'; readonly revision: number }

interface Call {
  readonly name: string
  readonly args: string
  readonly result: string | undefined
}

const unescape = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex')

/**
 * Reads strace's output (made with STRACE) of a process that works on a store in `dir` and says `ack REVISION` on stdout. Throws when
 * the store's file is changed in a way that a replay would not see, as by a shared writable mapping.
 */
export function parseTrace(text: string, dir: string): Step[] {
  const steps: Step[] = []
  const syncDescriptors = new Map<number, boolean>()
  const positions = new Map<number, number>()
  const begun = new Map<string, { line: string; id: number }>()
  let nextId = 0

  const isData = (path: string): boolean => [DATA_FILE, `${DATA_FILE}.new`].includes(basename(path))
  const start = ({ name, args }: Call, id: number): void => {
    const [, fd = '-1', path = ''] = /^(\d+)<([^>]*)>/.exec(args) ?? []
    const file = unescape(path).toString()
    const rest = args.slice(args.indexOf('>') + 1)
    if (fd === '1' && name === 'write') {
      for (const [, revision] of unescape(/"([^"]*)"/.exec(args)?.[1] ?? '').toString().matchAll(/ack (\d+)/g)) steps.push({ type: 'acknowledged', revision: Number(revision) })
    } else if (['fsync', 'fdatasync'].includes(name)) {
      if (isData(file)) steps.push({ type: 'sync', id })
    } else if (isData(file) && /write/.test(name)) {
      const data = Buffer.concat([...rest.matchAll(/"([^"]*)"/g)].map((m) => unescape(m[1] ?? '')))
      const offset = name.startsWith('p') ? Number(/(\d+)\s*$/.exec(rest)?.[1]) : (positions.get(Number(fd)) ?? NaN)
      if (Number.isNaN(offset)) throw new Error(`a ${name} at an unknown place`)
      if (!name.startsWith('p')) positions.set(Number(fd), offset + data.length)
      steps.push({ type: 'write', id, offset, data })
    } else if (isData(file) && ['ftruncate', 'fallocate', 'msync', 'sync_file_range'].includes(name)) throw new Error(`the replay does not know ${name}`)
  }
  const end = ({ name, args, result = '' }: Call, id: number): void => {
    const [, fd = '-1', path = ''] = /^(\d+)<([^>]*)>/.exec(args) ?? []
    const file = unescape(path).toString()
    if (name === 'openat') {
      const opened = /^(\d+)</.exec(result)?.[1]
      if (opened !== undefined) syncDescriptors.set(Number(opened), /O_D?SYNC/.test(args))
    } else if (name === 'lseek') positions.set(Number(fd), Number(result))
    else if (name === 'mmap') {
      const mapped = unescape(/, \d+<([^>]*)>/.exec(args)?.[1] ?? '').toString()
      if (isData(mapped) && args.includes('MAP_SHARED') && args.includes('PROT_WRITE')) throw new Error('the file is written through a mapping')
    } else if (name.startsWith('rename')) {
      const [, to = ''] = [...args.matchAll(/"([^"]*)"/g)].map((m) => unescape(m[1] ?? '').toString())
      if (basename(to) === DATA_FILE) steps.push({ type: 'renamed' })
    } else if (['fsync', 'fdatasync'].includes(name)) {
      if (isData(file)) steps.push({ type: 'synced', id })
      else if (file === dir) steps.push({ type: 'directorySynced' })
    } else if (isData(file) && /write/.test(name)) steps.push({ type: 'written', id, durable: syncDescriptors.get(Number(fd)) === true })
  }

  for (const line of text.split('\n')) {
    const [, thread = '', body = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(body)
    const before = begun.get(thread)
    if (resumed && before) {
      begun.delete(thread)
      const call = parseCall(before.line + (resumed[1] ?? ''))
      if (call) end(call, before.id)
      continue
    }
    const id = nextId++
    const unfinished = body.endsWith('<unfinished ...>')
    const call = parseCall(unfinished ? `${body.slice(0, -'<unfinished ...>'.length).trimEnd()})` : body)
    if (!call) continue
    start(call, id)
    if (unfinished) begun.set(thread, { line: body.slice(0, -'<unfinished ...>'.length), id })
    else end(call, id)
  }
  return steps
}

function parseCall(line: string): Call | undefined {
  const match = /^(\w+)\((.*?)\)\s*(?:= (.*))?$/.exec(line)
  return match ? { name: match[1] ?? '', args: match[2] ?? '', result: match[3] } : undefined
}
