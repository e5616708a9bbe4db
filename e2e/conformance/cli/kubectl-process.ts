import { spawn, type ChildProcess } from 'node:child_process'
import { kubectl132 } from '../../lab/tools.ts'
import type { Framework } from '../framework/conformance.ts'

/** A kubectl that runs, or has ended. */
export interface KubectlProcess {
  readonly child: ChildProcess
  /** What it has written to stdout so far. */
  out(): string
  /** Resolves when it ends, whatever its exit code (-1: a signal). */
  readonly ended: Promise<{ code: number; out: string }>
}

/** Starts kubectl where its exit code is asked for, or where it goes on until the test ends. */
export function startKubectl(f: Framework, args: readonly string[], input = ''): KubectlProcess {
  const child = spawn(kubectl132(), ['--kubeconfig', f.client.kubeconfig, '--namespace', f.namespace, ...args])
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.resume()
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<{ code: number; out: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, out }))
  })
  f.after(() => {
    child.kill()
    return ended
  })
  return { child, out: () => out, ended }
}
