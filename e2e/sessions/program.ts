import { spawn } from 'node:child_process'

/** How a program ended. */
export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What a program is run with. */
export interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly stdin?: string
}

const LIMIT_MS = 60_000

/** Runs a program to its end and resolves however it ends; rejects only where it cannot be started. One that takes a minute is killed (code -1). */
export function runProgram(path: string, args: readonly string[], { env, cwd, stdin }: RunOptions): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk))
    // One that reads nothing may have ended by then.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin ?? '')
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(limit)
      resolve({ code: code ?? -1, out, err })
    })
  })
}
