import { beforeEach, expect, test } from 'vitest'
import { overwriteGetLocale } from '../paraglide/runtime.js'
import type { Locale } from './format.ts'
import { sentence } from './sentence.ts'

let locale: Locale = 'ko'
beforeEach(() => {
  locale = 'ko'
  overwriteGetLocale(() => locale)
})

// What the engine really says, as it says it.
test.each([
  ['Of 3 managers only 1 can be reached; 2 are needed. What runs goes on, but nothing can be changed, and nothing is started again. Bring a manager back, or recover with the one that is left.',
    '매니저 3개 중 1만 연결되며 2가 필요합니다. 실행 중인 것은 계속되지만 아무것도 바꾸거나 다시 시작할 수 없습니다. 매니저를 되살리거나 남은 매니저로 복구하세요.'],
  ['3 tasks of shop_web wait for a node. No node meets the constraint node.labels.disk==ssd. No node has the label disk.', 'shop_web의 태스크 3개 대기 중: 받을 노드를 기다립니다. 제약 조건 node.labels.disk==ssd을(를) 만족하는 노드가 없습니다. 레이블 disk이(가) 있는 노드가 없습니다.'],
  ['0/3 nodes are available: 2 Insufficient memory, 1 node(s) were unschedulable.', '노드 0/3개 사용 가능: 메모리 부족 2개, 배치 중지됨 1개.'],
  ['services.web.init must be true or false, not "x".', 'services.web.init: "x"이(가) 아니라 true 또는 false을(를) 써야 합니다.'],
  ['A CronJob has no rollouts to pause.', 'CronJob: 일시 중지할 롤아웃이 없습니다.'],
  ['Start web, api in the cluster, and wait until they are ready. The old ones serve.', '클러스터에서 web, api을(를) 시작하고 준비될 때까지 기다립니다. 이전 것이 응답합니다.'],
  ['192.168.0.31: the machine is there, but no SSH server listens on this port. Check the port, and that sshd runs.', '192.168.0.31: 컴퓨터는 있지만 이 포트에서 SSH 서버가 응답하지 않습니다. 포트와 sshd가 실행 중인지 확인하세요.'],
  ['Its role is worker now (manager before).', '역할: 워커(이전: 매니저).'],
  ['The service worker is not in the swarm any more: somebody has removed it.', '서비스 worker이(가) 더 이상 스웜에 없습니다. 누군가 제거했습니다.'],
  ['Docker on web-1 refused: rpc error: code = Unknown desc = name conflicts with an existing object', 'web-1의 Docker가 거부했습니다: rpc error: code = Unknown desc = name conflicts with an existing object'],
])('%s', (text, words) => expect(sentence(text)).toBe(words))

test.each([
  'Successfully assigned default/web-1 to kitchen-1', 'Started container web', 'exec: "nope": executable file not found in $PATH', 'pull access denied for x, repository does not exist or may require \'docker login\'',
  'rpc error: code = InvalidArgument desc = port is already in use by service "a" as an ingress port', 'The name of the service that governs this StatefulSet.', 'The server is still in the cluster.', 'dial tcp 10.0.0.1:443: connect: connection refused',
])('others\' words stay: %s', (text) => expect(sentence(text)).toBe(text))

test('in English, and of nothing, it is what it was', () => {
  expect(sentence(undefined)).toBeUndefined()
  expect(sentence('')).toBe('')
  locale = 'en'
  expect(sentence('It does not answer.')).toBe('It does not answer.')
})
