// What an Electron without an app of its own runs: `electron [-r MODULE] [--FLAG...] APP`, as the official binary's default app does.
import { createRequire } from 'node:module'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

const words = process.argv.slice(1)
const modules = []
let target
for (let i = 0; i < words.length && target === undefined; i++) {
  if (words[i] === '-r' || words[i] === '--require') modules.push(words[++i])
  else if (!words[i].startsWith('-')) target = resolve(words[i])
}

if (words.includes('--version') || target === undefined) {
  process.stdout.write(`v${process.versions.electron}\n`)
  app.exit(target === undefined && !words.includes('--version') ? 2 : 0)
} else {
  const require = createRequire(import.meta.url)
  for (const module of modules) require(module)
  const dir = statSync(target).isDirectory() ? target : dirname(target)
  let described = {}
  try {
    described = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  } catch {
    // A single file needs none.
  }
  const name = described.productName ?? described.name
  if (name !== undefined) app.setName(name)
  if (described.version !== undefined) app.setVersion(described.version)
  app.setAppPath(dir)
  app.setPath('userData', join(app.getPath('appData'), app.getName()))
  process.argv.splice(1, words.length, ...words.slice(words.findIndex((word) => !word.startsWith('-') && resolve(word) === target)))
  await import(pathToFileURL(dir === target ? join(dir, described.main ?? 'index.js') : target).href)
}
