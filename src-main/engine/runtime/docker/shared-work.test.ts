import { expect, test } from 'vitest'
import type { TransferProgress } from '../container-runtime.ts'
import { PullSum } from './docker-pull.ts'
import { progressLines } from './progress-lines.ts'
import { SharedWork } from './shared-work.ts'

interface Job {
  tell: (progress: TransferProgress) => void
  signal: AbortSignal
  end: (result: string) => void
}

function bench(): { jobs: Job[]; join: (key: string, signal?: AbortSignal, onProgress?: (p: TransferProgress) => void) => Promise<string> } {
  const shared = new SharedWork<string>()
  const jobs: Job[] = []
  return {
    jobs,
    join: (key, signal, onProgress) => shared.join(key, { signal, onProgress }, (tell, over) => new Promise((resolve, reject) => {
      jobs.push({ tell, signal: over, end: resolve })
      over.addEventListener('abort', () => reject(over.reason as Error))
    })),
  }
}

test('what is asked for twice is done once, and both hear of it', async () => {
  const { jobs, join } = bench()
  const heard: number[] = []
  const both = [join('a', undefined, (p) => heard.push(p.doneBytes)), join('a', undefined, (p) => heard.push(p.doneBytes * 10)), join('b')]
  expect(jobs.length).toBe(2)
  jobs[0]?.tell({ doneBytes: 1, totalBytes: 2 })
  jobs[0]?.end('done')
  jobs[1]?.end('other')
  expect(await Promise.all(both)).toEqual(['done', 'done', 'other'])
  expect(heard).toEqual([1, 10])
  void join('a')
  expect(jobs.length).toBe(3)
})

test('one who gives up leaves the others their work; the last one ends it', async () => {
  const { jobs, join } = bench()
  const [one, two] = [new AbortController(), new AbortController()]
  const waiting = [join('a', one.signal), join('a', two.signal)]
  one.abort(new Error('first gone'))
  await expect(waiting[0]).rejects.toThrow('first gone')
  expect(jobs[0]?.signal.aborted).toBe(false)
  two.abort(new Error('second gone'))
  await expect(waiting[1]).rejects.toThrow('second gone')
  expect(jobs[0]?.signal.aborted).toBe(true)
  void join('a').catch(() => undefined)
  expect(jobs.length).toBe(2)
})

test('a pull\'s layers are summed up, and an error in the middle of an answer is one', async () => {
  const lines = ['{"status":"Pulling from library/nginx","id":"1.22"}\n{"status":"Pulling fs layer","progressDetail":{},"id":"a"}\n{"status":"Downl', 'oading","progressDetail":{"current":5,"total":10},"id":"a"}\n',
    '{"status":"Downloading","progressDetail":{"current":1,"total":100},"id":"b"}\n{"status":"Download complete","progressDetail":{},"id":"a"}\n{"status":"Extracting","progressDetail":{"current":3,"total":10},"id":"a"}\n']
  const chunks = async function* (all: string[]): AsyncGenerator<Buffer> {
    await Promise.resolve()
    for (const line of all) yield Buffer.from(line)
  }
  const sum = new PullSum()
  const seen: string[] = []
  for await (const line of progressLines(chunks(lines))) if (sum.take(line)) seen.push(`${String(sum.progress.doneBytes)}/${String(sum.progress.totalBytes)}`)
  expect(seen).toEqual(['5/10', '6/110', '11/110'])
  const failing = async (): Promise<void> => { for await (const _ of progressLines(chunks(['{"status":"x"}\n', '{"errorDetail":{"message":"manifest unknown"},"error":"short"}\n']))) { /* to the error */ } }
  await expect(failing()).rejects.toThrow('manifest unknown')
})
