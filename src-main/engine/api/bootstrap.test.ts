import { afterEach, beforeEach, expect, test } from 'vitest'
import { EndpointSlices, EndpointsResource, Services } from '../../common/kube/kinds.ts'
import { bootstrap } from './bootstrap.ts'
import { type TestApi, AS_TESTER, startTestApi } from './testing/test-api.ts'

let t: TestApi
beforeEach(async () => (t = await startTestApi()))
afterEach(() => t.close())

test('the Service kubernetes has endpoints in both forms, which lead to it; who deletes them finds them again at the next start', async () => {
  const { spec } = t.api.get(Services, 'default', 'kubernetes') as { spec?: { clusterIP?: string } }
  const inBoth = (): void => {
    expect(t.api.get(EndpointsResource, 'default', 'kubernetes')).toMatchObject({ subsets: [{ addresses: [{ ip: spec?.clusterIP }], ports: [{ name: 'https', port: 443, protocol: 'TCP' }] }] })
    expect(t.api.get(EndpointSlices, 'default', 'kubernetes')).toMatchObject({
      metadata: { labels: { 'kubernetes.io/service-name': 'kubernetes' } }, endpoints: [{ addresses: [spec?.clusterIP], conditions: { ready: true } }], ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
    })
  }
  inBoth()
  await t.api.delete(EndpointSlices, 'default', 'kubernetes', {}, AS_TESTER)
  await t.api.delete(EndpointsResource, 'default', 'kubernetes', {}, AS_TESTER)
  await bootstrap(t.api)
  inBoth()
})
