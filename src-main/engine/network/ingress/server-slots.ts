import type { IngressBackendModel, IngressServer } from './ingress-model.ts'

/** For each backend by name, who has which of its places in the proxy's configuration. */
export type ServerSlots = ReadonlyMap<string, readonly (IngressServer | undefined)[]>

/** Places of a new backend, so that a few more pods need no new configuration. */
const LEAST = 4

/**
 * Gives each server a place. Who has one keeps it, also when others leave: then a change of pods changes places and not the configuration. Backends that are full get
 * twice as many. Pure.
 */
export function assignSlots(before: ServerSlots, backends: readonly IngressBackendModel[]): ServerSlots {
  return new Map(backends.map(({ name, servers }) => {
    const wanted = new Map(servers.map((server) => [addressOf(server), server]))
    const slots = (before.get(name) ?? []).map((old) => {
      const server = old === undefined ? undefined : wanted.get(addressOf(old))
      if (server !== undefined) wanted.delete(addressOf(server))
      return server
    })
    for (const server of wanted.values()) {
      const free = slots.indexOf(undefined)
      if (free < 0) slots.push(server)
      else slots[free] = server
    }
    let size = Math.max(LEAST, before.get(name)?.length ?? 0)
    while (size < slots.length) size *= 2
    while (slots.length < size) slots.push(undefined)
    return [name, slots] as const
  }))
}

/** The longest line of commands that the proxy reads for certain. */
const LINE_BYTES = 8_000

/** The proxy's commands, many on a line, that bring places from one state to another; backends and places that are not in both are a new configuration's matter. Pure. */
export function slotCommands(before: ServerSlots, after: ServerSlots): string[] {
  const commands = [...after].flatMap(([name, slots]) => slots.flatMap((server, i) => {
    const old = before.get(name)?.[i]
    const at = `set server ${name}/${slotName(i)}`
    if (before.get(name) === undefined || (old === undefined && server === undefined)) return []
    if (server === undefined) return [`${at} state maint`]
    const moved = old === undefined || addressOf(old) !== addressOf(server)
    return [
      ...(moved ? [`${at} addr ${server.ip} port ${String(server.port)}`] : []),
      ...(old?.weight === server.weight ? [] : [`${at} weight ${String(server.weight)}`]),
      ...(old === undefined ? [`${at} state ready`] : []),
    ]
  }))
  const lines: string[] = []
  for (const command of commands) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + command.length < LINE_BYTES) lines[lines.length - 1] = `${last};${command}`
    else lines.push(command)
  }
  return lines
}

/** A place's name in the configuration. */
export function slotName(index: number): string {
  return `s${String(index + 1)}`
}

function addressOf({ ip, port }: IngressServer): string {
  return `${ip}:${String(port)}`
}
