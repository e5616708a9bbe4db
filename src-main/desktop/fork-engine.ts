import type { MessagePortMain } from 'electron'
import { utilityProcess } from 'electron'
import type { FromEngine } from '../common/contract/engine-messages.ts'
import type { EngineChild } from './engine-supervisor.ts'

/** Forks the engine's entry as a plain Node process that Electron ends with the app. */
export function forkEngine(entry: string): EngineChild<MessagePortMain> {
  const child = utilityProcess.fork(entry, [], { serviceName: 'Toque engine', stdio: 'inherit' })
  return {
    post: (message, port) => child.postMessage(message, port === undefined ? [] : [port]),
    onMessage: (handler) => {
      child.on('message', (message: FromEngine) => handler(message))
    },
    onExit: (handler) => {
      child.once('exit', handler)
    },
    kill: () => {
      child.kill()
    },
  }
}
