import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import type { UserConfig } from 'vite'

const here = dirname(fileURLToPath(import.meta.url))

/** How the screens are built, for Electron and for the browser alike; electron.vite.config.ts takes it as its `renderer`. */
export const renderer = {
  root: here,
  // The page is opened from a file as well as from a web server.
  base: './',
  plugins: [svelte({ configFile: resolve(here, '../svelte.config.js') }), tailwindcss()],
  build: {
    target: 'chrome130',
    outDir: resolve(here, '../out/renderer'),
    emptyOutDir: true,
    minify: true,
    rolldownOptions: { input: { index: resolve(here, 'index.html') } },
  },
  server: { host: '127.0.0.1', fs: { allow: [resolve(here, '..')] } },
} satisfies UserConfig

export default renderer
