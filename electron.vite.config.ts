import { defineConfig } from 'electron-vite'
import { renderer } from './src-renderer/vite.config.ts'

// The oldest runtimes that must work: Electron 33 (Chrome 130, Node 20). Newer ones run the same files.
export default defineConfig({
  main: {
    build: {
      target: 'node20',
      outDir: 'out/main',
      sourcemap: true,
      // Electron's entry, the engine that it forks, and the same engine for plain Node.
      rolldownOptions: {
        input: { index: 'src-main/index.ts', 'engine-process': 'src-main/engine-process.ts', headless: 'src-main/headless.ts' },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      target: 'node20',
      outDir: 'out/preload',
      // A sandboxed preload script must be CommonJS.
      rolldownOptions: { input: { preload: 'src-main/preload.ts' }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer,
})
