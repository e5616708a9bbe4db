import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { VolumeBackup } from '../../../common/kube/volume-copies.ts'
import { planRetention } from './retention.ts'
import { scheduleStatus } from './schedule-status.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 0, 31)
const at = (days: number): string => new Date(NOW - days * DAY).toISOString().replace('.000', '')
/** `+3 c`: a good copy of claim c, three days old; `-`: one that failed; `?`: one that runs. */
function backups(...lines: string[]): VolumeBackup[] {
  return lines.map((line, i) => {
    const [, sign = '', age = '', claimName = ''] = /^([+?-])([\d.]+) (\w+)$/.exec(line) ?? []
    const phase = ({ '+': 'Succeeded', '-': 'Failed', '?': 'Running' } as const)[sign] ?? 'Pending'
    return {
      apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name: line, namespace: 'ns', uid: String(i), resourceVersion: '1', creationTimestamp: at(Number(age)) },
      spec: { claimName, target: { folder: { path: '/b' } } }, status: { phase, ...(phase === 'Running' ? {} : { completionTime: at(Number(age)) }), ...(phase === 'Failed' ? { message: `no ${age}` } : {}) },
    }
  })
}
const gone = (keep: { count?: number; days?: number } | undefined, ...lines: string[]): string[] => planRetention(backups(...lines), keep, NOW).remove.map((b) => b.metadata.name).sort()

describe('what is kept', () => {
  test.each<[string, { count?: number; days?: number } | undefined, string[], string[]]>([
    ['everything, unless told', undefined, ['+1 a', '+100 a'], []],
    ['so many', { count: 2 }, ['+3 a', '+1 a', '+2 a', '+4 a'], ['+3 a', '+4 a']],
    ['so many of each claim', { count: 1 }, ['+1 a', '+2 a', '+1 b', '+2 b'], ['+2 a', '+2 b']],
    ['so many days', { days: 3 }, ['+1 a', '+2 a', '+3 a', '+9 a'], ['+3 a', '+9 a']],
    ['both', { count: 3, days: 3 }, ['+0 a', '+1 a', '+2 a', '+2.5 a', '+5 a'], ['+2.5 a', '+5 a']],
    ['the newest good one, however old', { count: 1, days: 3 }, ['-1 a', '-2 a', '+90 a'], ['-2 a']],
    ['a failure only until the next success', { count: 5 }, ['+1 a', '-2 a', '-0 b'], ['-2 a']],
    ['what runs', { count: 1 }, ['?0 a', '+1 a'], []],
  ])('%s', (_, keep, lines, removed) => expect(gone(keep, ...lines)).toEqual(removed))

  test('whatever there is: the newest good copy of each claim stays, and no more than the number', () => {
    const line = fc.tuple(fc.constantFrom('+', '-', '?'), fc.integer({ min: 0, max: 99 }), fc.constantFrom('a', 'b')).map(([sign, age, claim]) => `${sign}${String(age)} ${claim}`)
    fc.assert(fc.property(fc.uniqueArray(line, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 50 }), (lines, count, days) => {
      const removed = new Set(gone({ count, days }, ...lines))
      for (const claim of ['a', 'b']) {
        const good = lines.filter((l) => l.startsWith('+') && l.endsWith(claim)).sort((x, y) => parseFloat(x) - parseFloat(y))
        const kept = good.filter((l) => !removed.has(l))
        expect(kept[0]).toBe(good[0])
        expect(kept.length).toBeLessThanOrEqual(count)
        expect(kept.slice(1).every((l) => parseFloat(l) < days)).toBe(true)
      }
      expect([...removed].some((l) => l.startsWith('?'))).toBe(false)
    }))
  })

  test('the next look is when the next one is too old', () => expect(planRetention(backups('+1 a', '+2 a', '+2.5 a'), { days: 3 }, NOW).nextAt).toBe(NOW + DAY / 2))
})

describe('a schedule says', () => {
  test.each<[string, string[], string | undefined, string | undefined]>([
    ['nothing while all is well', ['+1 a', '-2 a'], undefined, '+1 a'],
    ['why the newest one failed', ['-1 a', '+2 a'], 'a: no 1', '+2 a'],
    ['why one of several claims is not saved', ['-2 a', '+1 b'], 'a: no 2', '+1 b'],
  ])('%s', (_, lines, message, last) => {
    const status = scheduleStatus(undefined, backups(...lines), NOW, undefined)
    expect([status.message, status.lastBackup?.name, status.nextScheduleTime]).toEqual([message, last, '2026-01-31T00:00:00Z'])
  })
})
