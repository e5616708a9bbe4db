import { expect, test } from 'vitest'
import type { ConfigMap } from '../../common/kube/generated/core-v1.ts'
import { readMode } from './network-mode.ts'

const map = (mode: string | undefined, last?: string): ConfigMap => ({
  apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'toque-network', namespace: 'kube-system', uid: '', resourceVersion: '', creationTimestamp: '', ...(last === undefined ? {} : { annotations: { 'toque.dev/last-mode': last } }) },
  ...(mode === undefined ? {} : { data: { mode } }),
})

test.each<[string, ConfigMap | undefined, string, RegExp | undefined]>([
  ['no ConfigMap', undefined, 'auto', undefined],
  ['no key', map(undefined, 'vxlan'), 'auto', undefined],
  ['each way', map('wireguard'), 'wireguard', undefined],
  ['as `kubectl create --from-file` makes it', map('vxlan\n'), 'vxlan', undefined],
  ['nonsense keeps the last good one', map('wiregaurd', 'wireguard'), 'wireguard', /"wiregaurd" is no way .* stays "wireguard"/],
  ['nonsense from the beginning', map('banana'), 'auto', /stays "auto"/],
  ['nonsense in both', map('', 'x'), 'auto', /one of auto, routes, vxlan, wireguard/],
])('%s', (_, given, mode, problem) => {
  const choice = readMode(given)
  expect(choice.mode).toBe(mode)
  if (problem === undefined) expect(choice.problem).toBeUndefined()
  else expect(choice.problem).toMatch(problem)
})
