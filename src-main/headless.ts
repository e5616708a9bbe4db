import { join } from 'node:path'
import { startApp } from './app.ts'
import { systemClock } from './common/clock.ts'
import type { Contract } from './common/contract/index.ts'
import { errorText, speakPlainly } from './common/error-text.ts'
import { CONTRACT } from './common/contract/shape.ts'
import { serveRpc } from './common/rpc/server.ts'
import type { WebServer, WebServerOptions } from './server/web-server.ts'
import { startWebServer } from './server/web-server.ts'
import { readCommandLine } from './services/command-line.ts'
import { webToken } from './services/key-file.ts'
import { watchProcess } from './services/process-watch.ts'
import { FileSettings } from './services/settings.ts'

// The engine on plain Node, with the same screens in a browser: on a server, in CI, on a machine without a display.

const USUAL_PORT = 8470
/** With TOQUE_DEBUG set, what goes wrong is told with its stack. */
const DEBUG = process.env['TOQUE_DEBUG'] !== undefined

main().catch((error: unknown) => {
  // Its sentence is for whoever started this; causes are for whoever looks for a bug.
  console.error(error instanceof Error && !DEBUG ? error.message : errorText(error, DEBUG))
  // At once: what was started and could not be ended must not keep a failed start alive.
  process.exit(1)
})

async function main(): Promise<void> {
  speakPlainly(DEBUG)
  const { dataDir, dockerSocket, nodeAddress, useLocal, port } = readCommandLine(process.argv.slice(2), process.env, process.platform)
  const app = await startApp({ dataDir, dockerSocket, nodeAddress, useLocal, secretKey: undefined, resourcesDir: join(import.meta.dirname, '../../resources') })
  const services: Partial<Contract> = { ...app.services, settings: new FileSettings(join(dataDir, 'settings.json')) }
  const web = await listen(port, {
    root: join(import.meta.dirname, '../renderer'),
    token: webToken(dataDir),
    onConnection: (transport) => serveRpc<Contract>(CONTRACT, services, transport, { onError: (error, where) => console.error(`${where}: ${errorText(error, DEBUG)}`) }),
  }).catch(async (error: unknown) => {
    await app.stop()
    throw error
  })
  watchProcess(systemClock, (...what) => console.error(...what))
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    web.close().then(() => app.stop()).then(() => process.exit(0), (error: unknown) => {
      console.error(errorText(error, DEBUG))
      process.exit(1)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.stdout.write(`${JSON.stringify({ url: web.url, kubeconfig: app.kubeconfig })}\n`)
}

/** Listens on the port asked for; without one on the usual one, or on any when that is taken. */
async function listen(port: number | undefined, options: Omit<WebServerOptions, 'port'>): Promise<WebServer> {
  try {
    return await startWebServer({ ...options, port: port ?? USUAL_PORT })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (port !== undefined) throw new Error(`Port ${String(port)} is taken by another program. Choose another with --port, or leave it away.`, { cause: error })
    return startWebServer({ ...options, port: 0 })
  }
}
