import { expect } from 'vitest'
import type { PodTemplate } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { podOf } from '../framework/pods.ts'

const TEMPLATES = 400
const WAIT_MS = 10 * 60_000

interface Page {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number }
  items: PodTemplate[]
}

const nameOf = (i: number): string => `template-${String(i).padStart(4, '0')}`
const page = (f: Framework, limit: number, next?: string): Promise<Page> => f.client.get<Page>(f.core('podtemplates'), { limit: String(limit), ...(next === undefined ? {} : { continue: next }) })

async function makeAll(f: Framework): Promise<void> {
  const makers = Array.from({ length: 20 }, async (_, m) => {
    for (let i = m; i < TEMPLATES; i += 20) await f.client.create(f.core('podtemplates'), { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: nameOf(i) }, template: { spec: podOf('x').spec } })
  })
  await Promise.all(makers)
}

/** A page holds what comes next, and says how many are left. `seen`: before it. */
function holds({ items, metadata }: Page, seen: number): number {
  expect(items.map(({ metadata: { name } }) => name)).toEqual(items.map((_, i) => nameOf(seen + i)))
  const left = TEMPLATES - seen - items.length
  expect(metadata.continue === undefined).toBe(left === 0)
  if (left > 0) expect(metadata.remainingItemCount).toBe(left)
  else expect(metadata.remainingItemCount).toBeUndefined()
  return seen + items.length
}

conformance('[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls', async (f) => {
  await makeAll(f)
  for (const most of [5, 10, 37, 200]) {
    let [seen, version, next]: [number, string, string | undefined] = [0, '', undefined]
    do {
      const found: Page = await page(f, most, next)
      expect(found.items.length).toBeLessThanOrEqual(most)
      version ||= found.metadata.resourceVersion
      expect(found.metadata.resourceVersion).toBe(version)
      seen = holds(found, seen)
      next = found.metadata.continue
    } while (next !== undefined)
    expect(seen).toBe(TEMPLATES)
  }
  const whole = await f.client.get<Page>(f.core('podtemplates'))
  expect(whole.items).toHaveLength(TEMPLATES)
})

conformance('[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Slow]', async (f) => {
  await makeAll(f)
  const first = await page(f, 40)
  let seen = holds(first, 0)
  const token = await eventually('the token is too old', async () => {
    const { code, body } = await f.client.ask<{ reason: string; metadata: { continue?: string } }>('GET', f.core('podtemplates'), { query: { limit: '40', continue: first.metadata.continue ?? '' } })
    if (code === 200) {
      await new Promise((resolve) => setTimeout(resolve, 10_000))
      return false
    }
    expect([code, body.reason]).toEqual([410, 'Expired'])
    expect(body.metadata.continue).toBeTruthy()
    return body.metadata.continue
  }, WAIT_MS)
  const second = await page(f, 40, token)
  expect(Number(second.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(first.metadata.resourceVersion))
  seen = holds(second, seen)
  for (let next = second.metadata.continue; next !== undefined;) {
    const found: Page = await page(f, 40, next)
    expect(found.metadata.resourceVersion).toBe(second.metadata.resourceVersion)
    seen = holds(found, seen)
    next = found.metadata.continue
  }
  expect(seen).toBe(TEMPLATES)
}, WAIT_MS + 120_000)
