import type { Desktop } from '../../src-main/common/contract/index.ts'

/** What a browser tab can do of what a desk does: open links, download and upload files. */
export function browserDesktop(): Desktop {
  return {
    abilities: () => Promise.resolve(['openExternal', 'saveFile', 'openFile']),
    openExternal: (url) => {
      window.open(url, '_blank', 'noopener,noreferrer')
      return Promise.resolve()
    },
    saveFile: (suggestedName, text) => {
      const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
      const link = document.createElement('a')
      link.href = url
      link.download = suggestedName
      link.click()
      URL.revokeObjectURL(url)
      return Promise.resolve(true)
    },
    openFile: () => new Promise((resolve, reject) => {
      const input = document.createElement('input')
      input.type = 'file'
      input.addEventListener('cancel', () => resolve(undefined))
      input.addEventListener('change', () => {
        const file = input.files?.[0]
        if (file === undefined) return resolve(undefined)
        file.text().then((text) => resolve({ name: file.name, text }), reject)
      })
      input.click()
    }),
  }
}
