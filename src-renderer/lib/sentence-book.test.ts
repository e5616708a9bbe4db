import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SentenceBook } from './sentence-book.ts'

const book = new SentenceBook([
  ['The swarm is locked.', '스웜이 잠겨 있습니다.'],
  ['Of {0} only {1} can be reached.', '{0} 중 {1}만 연결됩니다.'],
  ['{0} managers', '매니저 {0}개'],
  ['{0} tasks', '태스크 {0}개'],
  ['{0} is a manager. Demote it first.', '{0}은(는) 매니저입니다. 먼저 강등하세요.'],
  ['{0} cannot be reached.', '{0}에 연결할 수 없습니다.'],
  ['{0} cannot be reached. It is locked, and waits for its key.', '{0}은(는) 잠겨 있어 연결할 수 없습니다.'],
  ['Docker on {0} refused: {1}', '{0}의 Docker가 거부했습니다: {1}'],
  ['The {0} "{1}" is not there.', '{0!} "{1}"이(가) 없습니다.'],
  ['secret', '시크릿'],
  ['No server takes it: {0}.', '받을 서버가 없습니다: {0}.'],
  ['must be true or false, not "{0}".', 'true나 false여야 하는데 "{0}"입니다.'],
  ['has no rollouts to pause', '일시 중지할 롤아웃이 없습니다'],
  ['Its pods failed {0}, and {1}.', '파드가 {0} 실패했고, {1}.'],
  ['{0} times', '{0}번'],
  ['only {0} may be tried again', '{0}번만 다시 시도할 수 있습니다'],
  ['The last pod: {0}', '마지막 파드: {0}'],
  ['in the cluster', '클러스터에'],
  ['The name of the {0}.', '{0}의 이름입니다.'],
  ['it is drained', '비운 서버입니다'],
  ['its image is not for {0}', '{0}용 이미지가 아닙니다'],
])

test.each([
  ['a whole sentence', 'The swarm is locked.', '스웜이 잠겨 있습니다.'],
  ['with a space at its end', 'The swarm is locked. ', '스웜이 잠겨 있습니다. '],
  ['values, themselves phrases', 'Of 3 managers only 1 can be reached.', '매니저 3개 중 1만 연결됩니다.'],
  ['values in another order keep their places', 'web-1 cannot be reached.', 'web-1에 연결할 수 없습니다.'],
  ['the template that says most counts', 'web-1 cannot be reached. It is locked, and waits for its key.', 'web-1은 잠겨 있어 연결할 수 없습니다.'],
  ['a cause of ours', 'Docker on web-1 refused: The swarm is locked.', 'web-1의 Docker가 거부했습니다: 스웜이 잠겨 있습니다.'],
  ['a cause that is not ours stays', 'Docker on web-1 refused: pull access denied for x', 'web-1의 Docker가 거부했습니다: pull access denied for x'],
  ['sentences in a row', 'The swarm is locked. web-2 cannot be reached.', '스웜이 잠겨 있습니다. web-2에 연결할 수 없습니다.'],
  ['a sentence after others\' words', 'rpc error: code 5. The swarm is locked.', 'rpc error: code 5. 스웜이 잠겨 있습니다.'],
  ['a name before it', 'web-1: The swarm is locked.', 'web-1: 스웜이 잠겨 있습니다.'],
  ['a list of names', 'web-1, web-2 and web-3 cannot be reached.', 'web-1, web-2, web-3에 연결할 수 없습니다.'],
  ['a list of phrases', 'No server takes it: it is drained; its image is not for linux/arm64.', '받을 서버가 없습니다: 비운 서버입니다; linux/arm64용 이미지가 아닙니다.'],
  ['what is said of a name', 'services.web.init must be true or false, not "x".', 'services.web.init: true나 false여야 하는데 "x"입니다.'],
  ['what is said of a kind, with its full stop', 'A CronJob has no rollouts to pause.', 'CronJob: 일시 중지할 롤아웃이 없습니다.'],
  ['a value ends where its sentence does', 'Its pods failed 4 times, and only 3 may be tried again. The last pod: The swarm is locked.', '파드가 4번 실패했고, 3번만 다시 시도할 수 있습니다. 마지막 파드: 스웜이 잠겨 있습니다.'],
  ['a short one with a name', 'The name of the Secret.', 'Secret의 이름입니다.'],
  ['a list without and, of phrases', 'No server takes it: it is drained, its image is not for linux/arm64.', '받을 서버가 없습니다: 비운 서버입니다, linux/arm64용 이미지가 아닙니다.'],
  ['a word of ours where one is expected', 'The secret "secret" is not there.', '시크릿 "secret"이(가) 없습니다.'],
])('%s', (_, text, words) => expect(book.translate(text)).toBe(words))

test.each([
  ['what nobody knows', 'rpc error: code = Unknown desc = name conflicts'],
  ['a phrase of ours at the end of a sentence that is not', 'The server is still in the cluster.'],
  ["others' words that begin like ours", 'The name of the service that governs this StatefulSet.'],
  ['a part of a sentence', 'The swarm is locked'],
  ['more than a sentence', 'The swarm is locked.!'],
  ['a template that says too little by itself', '3 tasks'],
  ['a single word: it may be a name', 'secret'],
  ['what is translated already', '스웜이 잠겨 있습니다.'],
  ['nothing', ''],
])('%s stays as it is', (_, text) => expect(book.translate(text)).toBe(text))

test('whatever a value is, it comes out whole, and a long text costs no time', () => {
  fc.assert(fc.property(fc.string({ maxLength: 40 }).filter((s) => !/[ :;]/.test(s)), (name) => {
    expect(book.translate(`Docker on ${name} refused: no`)).toBe(`${name}의 Docker가 거부했습니다: no`)
  }))
  const text = `Docker on ${'a refused: '.repeat(100_000)}`
  expect(book.translate(text)).toBe(text)
})
