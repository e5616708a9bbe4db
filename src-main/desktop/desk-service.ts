import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { BrowserWindow } from 'electron'
import { dialog, shell } from 'electron'
import type { Desktop } from '../common/contract/index.ts'
import { badRequest } from '../common/errors.ts'

const MAX_FILE_BYTES = 4 * 1024 * 1024

/** The desk's dialogs and its browser, for the page in `window`. */
export function desktopService(window: BrowserWindow): Desktop {
  return {
    abilities: () => Promise.resolve(['openExternal', 'saveFile', 'openFile']),
    openExternal: async (url) => {
      // Anything else (file:, a program's own scheme) could start a program.
      if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) throw badRequest('Only web addresses (http, https) can be opened.')
      await shell.openExternal(url)
    },
    saveFile: async (suggestedName, text) => {
      const { canceled, filePath } = await dialog.showSaveDialog(window, { defaultPath: basename(suggestedName) })
      if (canceled) return false
      await writeFile(filePath, text)
      return true
    },
    openFile: async () => {
      const { canceled, filePaths } = await dialog.showOpenDialog(window, { properties: ['openFile'], filters: [{ name: 'YAML', extensions: ['yaml', 'yml', 'json'] }, { name: '*', extensions: ['*'] }] })
      const [path] = filePaths
      if (canceled || path === undefined) return undefined
      const body = await readFile(path)
      if (body.length > MAX_FILE_BYTES) throw badRequest(`${basename(path)} is larger than 4 MiB: that is no manifest.`)
      return { name: basename(path), text: body.toString('utf8') }
    },
  }
}
