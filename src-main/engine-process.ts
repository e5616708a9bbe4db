import { join } from 'node:path'
import type { MessageEvent, MessagePortMain } from 'electron'
import type { App } from './app.ts'
import { startApp } from './app.ts'
import { systemClock } from './common/clock.ts'
import type { FromEngine, ToEngine } from './common/contract/engine-messages.ts'
import type { Contract } from './common/contract/index.ts'
import { errorText, speakPlainly } from './common/error-text.ts'
import { CONTRACT } from './common/contract/shape.ts'
import { messageOf } from './common/errors.ts'
import { serveRpc } from './common/rpc/server.ts'
import { mainPortTransport } from './desktop/port-transport.ts'
import { watchProcess } from './services/process-watch.ts'

// The engine's process in the desktop app: a plain Node process that gets its orders, and the pages' ports, from the window's process.

const parent = process.parentPort
const DEBUG = process.env['TOQUE_DEBUG'] !== undefined
let starting: Promise<App> | undefined
speakPlainly(DEBUG)
watchProcess(systemClock, (...what) => console.error(...what))

parent.on('message', ({ data, ports }: MessageEvent) => {
  const message = data as ToEngine
  const [port] = ports
  if (message.type === 'start') start(message)
  else if (message.type === 'stop') void stop()
  else if (port !== undefined) void connect(port)
})

function start({ dataDir, secretKey, dockerSocket, nodeAddress, useLocal }: ToEngine & { type: 'start' }): void {
  starting = startApp({ dataDir, secretKey, dockerSocket, nodeAddress, useLocal, resourcesDir: join(import.meta.dirname, '../../resources') })
  starting.then(
    (app) => {
      const tell = (): void => parent.postMessage({ type: 'state', state: app.state.get() } satisfies FromEngine)
      app.state.onChange(tell)
      tell()
    },
    (error: unknown) => {
      const message = messageOf(error)
      console.error(errorText(error, DEBUG))
      parent.postMessage({ type: 'state', state: { state: 'failed', message, docker: { state: 'connecting' } } } satisfies FromEngine)
      // Tried again by whoever forked us. The message must leave first.
      setTimeout(() => process.exit(1), 100)
    },
  )
}

async function connect(port: MessagePortMain): Promise<void> {
  const app = await starting?.catch(() => undefined)
  if (app !== undefined) serveRpc<Contract>(CONTRACT, app.services, mainPortTransport(port), { onError: (error, where) => console.error(`${where}: ${errorText(error, DEBUG)}`) })
}

async function stop(): Promise<void> {
  const app = await starting?.catch(() => undefined)
  await app?.stop()
  process.exit(0)
}
