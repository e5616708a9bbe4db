import type { App, Session, WebContents } from 'electron'
import { PAGE_URL } from './page-protocol.ts'

/** The page shows what came with Toque and nothing else: no other page, no new window, no camera, nothing embedded. */
export function lockDown(app: App, session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(permission === 'clipboard-sanitized-write'))
  session.setPermissionCheckHandler((_contents, permission) => permission === 'clipboard-sanitized-write')
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

/** Is a message from our own page, in its top frame? */
export function isOurPage(sender: WebContents, frame: Electron.WebFrameMain | null): boolean {
  return frame !== null && frame === sender.mainFrame && frame.url.startsWith(PAGE_URL)
}
