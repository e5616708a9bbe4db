import { join } from 'node:path'
import type { MessagePortMain } from 'electron'
import { app, BrowserWindow, dialog, ipcMain, MessageChannelMain, session } from 'electron'
import { systemClock } from './common/clock.ts'
import { Bridge } from './common/contract/bridge.ts'
import type { Contract, Preferences } from './common/contract/index.ts'
import { CONTRACT } from './common/contract/shape.ts'
import { messageOf } from './common/errors.ts'
import { serveRpc } from './common/rpc/server.ts'
import { desktopService } from './desktop/desk-service.ts'
import { EngineSupervisor } from './desktop/engine-supervisor.ts'
import { forkEngine } from './desktop/fork-engine.ts'
import { keychainKey } from './desktop/keychain.ts'
import { isOurPage, lockDown } from './desktop/lock-down.ts'
import { setMenu } from './desktop/menu.ts'
import { registerPageScheme, servePage } from './desktop/page-protocol.ts'
import { mainPortTransport } from './desktop/port-transport.ts'
import { openWindow, showPage } from './desktop/window.ts'
import { readStatic } from './server/static-files.ts'
import { readCommandLine } from './services/command-line.ts'
import { KEY_FILE } from './services/key-file.ts'
import { FileSettings } from './services/settings.ts'

// Electron's entry: the window's process. It owns the engine's life and does nothing that could keep a window waiting.

const here = import.meta.dirname
const { dataDir, dockerSocket, nodeAddress, useLocal, page } = readCommandLine(process.argv.slice(1), process.env, process.platform)

app.setName('Toque')
// Chromium's own files; the single-instance lock is there too, so that each data directory has one app.
app.setPath('userData', join(dataDir, 'desktop'))
registerPageScheme()

if (app.requestSingleInstanceLock({ page })) {
  app.on('second-instance', (_event, _args, _dir, said) => focusWindow((said as { page?: string } | null)?.page))
  app.whenReady().then(start, fail)
} else {
  app.quit()
}

function start(): void {
  try {
    run()
  } catch (error) {
    fail(error)
  }
}

function run(): void {
  lockDown(app, session.defaultSession)
  servePage((path) => readStatic(join(here, '../renderer'), path))
  const engine = new EngineSupervisor<MessagePortMain>(
    () => forkEngine(join(here, 'engine-process.js')),
    { dataDir, dockerSocket, nodeAddress, useLocal, secretKey: keychainKey(dataDir, KEY_FILE) },
    systemClock,
  )
  const settings = new FileSettings(join(dataDir, 'settings.json'), showMenu)
  const openMainWindow = (): BrowserWindow => openWindow(join(here, '../preload/preload.cjs'), join(dataDir, 'desktop'), join(here, '../../resources/icon.png'))
  showPage(openMainWindow(), page)

  ipcMain.on(Bridge.request, (event, to: unknown) => {
    const window = BrowserWindow.fromWebContents(event.sender)
    if (window === null || !isOurPage(event.sender, event.senderFrame)) return
    const { port1, port2 } = new MessageChannelMain()
    if (to === 'engine') engine.connect(port2)
    else if (to === 'desk') {
      const services: Partial<Contract> = { settings, desktop: desktopService(window), clusters: { watchEngine: () => engine.state.stream() } }
      serveRpc<Contract>(CONTRACT, services, mainPortTransport(port2), { onError: (error, where) => console.error(where, error) })
    } else return
    event.sender.postMessage(Bridge.port, to, [port1])
  })

  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) openMainWindow()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  // The containers stay; only the engine ends, when its writes are done.
  app.once('before-quit', (event) => {
    event.preventDefault()
    engine.stop().then(() => app.quit(), fail)
  })
}

/** Started once more: what runs already comes to the front, with the page asked for. */
function focusWindow(page: string | undefined): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window === undefined) return
  if (window.isMinimized()) window.restore()
  window.focus()
  showPage(window, page)
}

/** In the screens' language. */
function showMenu({ language }: Preferences): void {
  setMenu(language === 'system' ? (app.getLocale().startsWith('ko') ? 'ko' : 'en') : language)
}

function fail(error: unknown): void {
  dialog.showErrorBox('Toque cannot start', messageOf(error))
  app.exit(1)
}
