// The API alone, in a process of its own, so that what is measured is its own time and memory: store, registry and HTTPS as the app has them, no controllers.
// argv: its data directory. Says where it serves, then answers each "memory" line with what
// it has in memory, KiB: its own pages, not those of the store's file, which are the kernel's to drop.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '../../src-main/common/clock.ts'
import { ApiServer } from '../../src-main/engine/api/api-server.ts'
import { Api } from '../../src-main/engine/api/api.ts'
import { bootstrap } from '../../src-main/engine/api/bootstrap.ts'
import { kubernetesSchemas } from '../../src-main/engine/api/openapi/schemas.ts'
import { openStore } from '../../src-main/engine/store/open.ts'

const [, , dir = ''] = process.argv
const store = await openStore({ dir: join(dir, 'store'), encryptionKey: new Uint8Array(32), clock: systemClock })
const api = new Api({ store, schemas: kubernetesSchemas, clock: systemClock })
await bootstrap(api)
const server = await ApiServer.start({ api, dataDir: dir, port: 0, nodes: { logs: () => { throw new Error('there are no containers') } } })
console.log(JSON.stringify({ kubeconfig: server.kubeconfig, url: server.url, pid: process.pid }))
for await (const _ of createInterface(process.stdin)) console.log(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
await server.stop()
await store.close()
