import { spawn } from 'node:child_process'

export interface RunResult {
  /** The exit code; 128 + signal number's place is taken by -1 when a signal ended the program. */
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  input?: string | Uint8Array
  signal?: AbortSignal
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Resolve whatever the exit code is; otherwise a code other than 0 rejects. */
  anyCode?: boolean
}

/** Runs a program to its end and collects what it wrote. Rejects with the program's own words when it fails. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe', signal: options.signal, env: options.env, cwd: options.cwd })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', reject)
    child.stdin.on('error', () => {}) // the program may end before it has read everything
    child.stdin.end(options.input ?? '')
    child.on('close', (code, signal) => {
      const result = { code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
      if (code === 0 || options.anyCode === true) return resolve(result)
      const said = (result.stderr || result.stdout).trim().split('\n').slice(-8).join('\n')
      reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}: ${said}`))
    })
  })
}
