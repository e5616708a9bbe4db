import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { ContainerSession, ExecOptions } from '../common/kube/node-access.ts'
import { demultiplexed, writer } from './multiplexed.ts'

/** A program in a container, over the stream that Docker hijacked for it. */
export function dockerSession(stream: Duplex, tty: boolean, exitCode: () => Promise<number>, resize: (columns: number, rows: number) => Promise<unknown>): ContainerSession {
  const { stdout, stderr, ended } = demultiplexed(stream, tty)
  const write = writer(stream)
  const exit = ended.then(exitCode)
  exit.catch(() => undefined)
  return {
    stdout, stderr, exit,
    writeStdin: write,
    endStdin: () => { stream.end() },
    resize: async (columns, rows) => { await resize(columns, rows) },
    destroy: () => { stream.destroy() },
  }
}

/** Starts a program in a running container. `guarded` makes of Docker's failures what the caller's callers expect. */
export async function dockerExec(docker: Docker, id: string, { command, stdin, tty }: ExecOptions, guarded: <T>(call: Promise<T>) => Promise<T>): Promise<ContainerSession> {
  const exec = await guarded(docker.getContainer(id).exec({ Cmd: command, AttachStdin: stdin, AttachStdout: true, AttachStderr: true, Tty: tty }))
  const stream = await guarded(exec.start({ hijack: true, stdin, Tty: tty }))
  const exitCode = async (): Promise<number> => (await guarded(exec.inspect())).ExitCode ?? 0
  return dockerSession(stream, tty, exitCode, (w, h) => guarded(exec.resize({ w, h }) as Promise<unknown>))
}
