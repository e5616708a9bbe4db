import type { LabHost } from '../lab/lab-host.ts'

/** What one run of wrk counted. */
export interface WrkResult {
  requests: number
  seconds: number
  /** Requests that failed: connecting, reading, writing, timeouts, answers that are not 2xx or 3xx. */
  failed: number
  /** How many answers each body (trimmed) got; only when asked for. */
  bodies: Map<string, number>
}

export interface WrkOptions {
  /** The process (on the server) whose network it runs on; 1: the server's own. */
  onNetworkOf: number
  /** `ADDRESS:PORT`s; several: each is asked by a thread of its own. */
  targets: readonly string[]
  /** Whole seconds. */
  seconds: number
  threads: number
  connections: number
  /** A new connection for each request. */
  fresh: boolean
  path?: string
  /** Count answers by their bodies. */
  bodies?: boolean
}

/** Runs wrk (Debian's package) on a server, on the network of one of its pods. */
export async function wrk(host: LabHost, { onNetworkOf, targets, seconds, threads, connections, fresh, path = '/', bodies = false }: WrkOptions): Promise<WrkResult> {
  // Each thread takes the next address. (wrk looks the name of the URL up once more for itself.)
  const script = `local n, threads = 0, {}
local list = { ${targets.map((t) => `{ ${t.split(':').map((part) => `"${part}"`).join(', ')} }`).join(', ')} }
function setup(thread)
  local at = list[n % #list + 1]
  n = n + 1
  thread.addr = wrk.lookup(at[1], at[2])[1]
  threads[n] = thread
end
${bodies ? 'seen = {}\nfunction response(status, headers, body) seen[body] = (seen[body] or 0) + 1 end' : ''}
function done(summary)
  local e = summary.errors
  io.write(string.format("RESULT %d %f %d\\n", summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout + e.status))
  for _, thread in ipairs(threads) do
    for body, count in pairs(thread:get("seen") or {}) do io.write(string.format("BODY %d %s\\n", count, body:gsub("%s+$", ""))) end
  end
end
`
  await host.exec(['sh', '-c', 'cat >/run/wrk.lua'], { input: script })
  const words = ['wrk', `-t${String(threads)}`, `-c${String(connections)}`, `-d${String(seconds)}s`, '--timeout', '5s', '-s', '/run/wrk.lua', ...(fresh ? ['-H', 'Connection: close'] : []), `http://${targets[0] ?? ''}${path}`]
  const { stdout } = await host.exec(['nsenter', '--target', String(onNetworkOf), '--net', '--', ...words])
  const [, requests, took, failed] = /RESULT (\d+) ([\d.]+) (\d+)/.exec(stdout) ?? []
  if (requests === undefined) throw new Error(`wrk said nothing of use: ${stdout}`)
  const seen = new Map<string, number>()
  for (const [, count, body = ''] of stdout.matchAll(/^BODY (\d+) (.*)$/gm)) seen.set(body, (seen.get(body) ?? 0) + Number(count))
  return { requests: Number(requests), seconds: Number(took), failed: Number(failed), bodies: seen }
}
