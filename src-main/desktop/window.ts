import { join } from 'node:path'
import { BrowserWindow, nativeTheme, screen } from 'electron'
import { PAGE_URL } from './page-protocol.ts'
import { keepBounds, readBounds, restoreBounds } from './window-state.ts'

/** Opens the window where it was last time. It shows itself when the page is drawn. `stateFile` keeps its place. */
export function openWindow(preload: string, dataDir: string, icon: string): BrowserWindow {
  const stateFile = join(dataDir, 'window.json')
  const bounds = restoreBounds(readBounds(stateFile), screen.getAllDisplays().map((display) => display.workArea))
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 640,
    minHeight: 480,
    show: false,
    title: 'Toque',
    icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#0f1115' : '#ffffff',
    webPreferences: { preload, contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false, spellcheck: false },
  })
  window.once('ready-to-show', () => window.show())
  window.on('close', () => keepBounds(stateFile, window.getNormalBounds()))
  void window.loadURL(PAGE_URL)
  return window
}

/** Shows one of the page's places, as in its address after `#`; undefined leaves it where it is. What is being edited stays: it is no new page. */
export function showPage(window: BrowserWindow, place: string | undefined): void {
  if (place !== undefined) void window.loadURL(`${PAGE_URL}#${place}`)
}
