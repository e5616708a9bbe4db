/** Where someone wants to log in, as far as a text says it. */
export interface TargetParts {
  host: string
  user?: string
  port?: string
  /** `-i`. */
  keyFile?: string
}

/** Options of ssh that take a value, other than those that are read here. */
const WITH_VALUE = new Set(['B', 'b', 'c', 'D', 'E', 'e', 'F', 'I', 'J', 'L', 'm', 'O', 'o', 'Q', 'R', 'S', 'W', 'w'])

/**
 * Reads what people paste: `web-1`, `deploy@10.0.0.5:2222`, `ssh://deploy@web-1:2222`, `[fd00::5]:2222`, `ssh -p 2222 -i ~/.ssh/id deploy@web-1`.
 * What it cannot read comes back whole as the host.
 */
export function parseTarget(text: string): TargetParts {
  const trimmed = text.trim().replace(/^[$#%>]\s+/, '')
  const words = trimmed.split(/\s+/)
  return words[0] === 'ssh' && words.length > 1 ? ofCommand(words.slice(1), trimmed) : ofDestination(trimmed)
}

function ofCommand(words: string[], whole: string): TargetParts {
  const options: Partial<TargetParts> = {}
  let destination: string | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const letter = /^-([A-Za-z])/.exec(word)?.[1]
    if (letter === undefined) {
      // The first is the server; what follows is a command to run there.
      if (destination !== undefined) break
      destination = word
    } else if ('pli'.includes(letter) || WITH_VALUE.has(letter)) {
      const value = word.length > 2 ? word.slice(2) : (words[++i] ?? '')
      if (letter === 'p') options.port = value
      else if (letter === 'l') options.user = value
      else if (letter === 'i') options.keyFile = unquote(value)
      else if (letter === 'o') Object.assign(options, ofSetting(value))
    }
  }
  if (destination === undefined) return { host: whole }
  return { ...ofDestination(unquote(destination)), ...options }
}

function ofSetting(setting: string): Partial<TargetParts> {
  const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(unquote(setting)) ?? []
  const key = ({ port: 'port', user: 'user', identityfile: 'keyFile' } as const)[name.toLowerCase()]
  return key === undefined ? {} : { [key]: value }
}

function ofDestination(text: string): TargetParts {
  const [, scheme = '', user, rest = ''] = /^(ssh:\/\/)?(?:(\S+)@)?(.*)$/s.exec(text) ?? []
  const address = scheme === '' ? rest : rest.replace(/\/.*$/s, '')
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(address)
  // More than one colon and no brackets: an IPv6 address without a port.
  const named = /^([^:\s]+):(\d+)$/.exec(address)
  const found = bracketed ?? named
  const port = found?.[2]
  return { host: found?.[1] ?? address, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) }
}

function unquote(text: string): string {
  return text.replace(/^(['"])(.*)\1$/, '$2')
}
