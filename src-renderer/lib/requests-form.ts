import type { ContainerAdvice, ContainerRequests } from '../../src-main/common/contract/index.ts'

/** One container's requests while they are typed: thousandths of a core, and MiB; '' where nothing is requested. */
export interface RequestsRow {
  container: string
  cpu: string
  memory: string
}

const MI = 2 ** 20
/** For a container of which nothing is known: what hardly any program needs more than at rest. */
const FIRST_CPU_MILLI = 100
const AMOUNT = /^[1-9]\d{0,8}$/

/** The form as it begins: what is requested now; where that is nothing, what is recommended, or a modest amount of CPU. */
export function requestRows(advice: readonly ContainerAdvice[]): RequestsRow[] {
  return advice.map(({ container, now, advised }) => ({
    container, cpu: String(now.cpuMilli ?? advised?.cpuMilli.target ?? FIRST_CPU_MILLI), memory: now.memoryBytes === undefined ? (advised === undefined ? '' : mib(advised.memoryBytes.target)) : mib(now.memoryBytes),
  }))
}

/** The rows as recommended; one of which too little is recorded stays as it is. */
export function advisedRows(rows: readonly RequestsRow[], advice: readonly ContainerAdvice[]): RequestsRow[] {
  return rows.map((row) => {
    const advised = advice.find((a) => a.container === row.container)?.advised
    return advised === undefined ? row : { ...row, cpu: String(advised.cpuMilli.target), memory: mib(advised.memoryBytes.target) }
  })
}

/** The fields that hold no amount, as `container.cpu`. */
export function requestProblems(rows: readonly RequestsRow[]): string[] {
  return rows.flatMap(({ container, cpu, memory }) => [...(cpu.trim() === '' || AMOUNT.test(cpu.trim()) ? [] : [`${container}.cpu`]), ...(memory.trim() === '' || AMOUNT.test(memory.trim()) ? [] : [`${container}.memory`])])
}

/** What the form says; a field that is left empty leaves that request as it is. */
export function requestsFrom(rows: readonly RequestsRow[]): ContainerRequests[] {
  return rows.map(({ container, cpu, memory }) => ({ container, ...(cpu.trim() === '' ? {} : { cpuMilli: Number(cpu) }), ...(memory.trim() === '' ? {} : { memoryBytes: Number(memory) * MI }) }))
}

function mib(bytes: number): string {
  return String(Math.ceil(bytes / MI))
}
