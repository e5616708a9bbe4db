import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../common/clock.ts'
import { systemClock } from '../../../common/clock.ts'
import type { Store } from '../../store/store.ts'
import { openStore } from '../../store/open.ts'
import { Api } from '../api.ts'
import { bootstrap } from '../bootstrap.ts'
import { kubernetesSchemas } from '../openapi/schemas.ts'
import type { WriteOptions } from '../rest/core.ts'

/** An API on a real store in a directory of its own, with the first namespaces made. For tests. */
export interface TestApi {
  api: Api
  store: Store
  dir: string
  close(): Promise<void>
}

/** Writes as the tests' user. */
export const AS_TESTER: WriteOptions = { caller: { user: 'tester', groups: ['system:masters'] } }

export async function startTestApi(clock: Clock = systemClock, retention?: Parameters<typeof openStore>[0]['retention']): Promise<TestApi> {
  const dir = mkdtempSync(join(tmpdir(), 'toque-api-'))
  const store = await openStore({ dir, encryptionKey: new Uint8Array(32), clock, ...(retention === undefined ? {} : { retention }) })
  const api = new Api({ store, schemas: kubernetesSchemas, clock })
  await bootstrap(api)
  return {
    api, store, dir,
    async close() {
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
