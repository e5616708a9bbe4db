import { describe, expect, test } from 'vitest'
import type { ResourceCell, ResourceColumn, ResourceKind, ResourceRow } from '../../src-main/common/contract/index.ts'
import { kindGroups, kindMatches } from './kind-groups.ts'
import { arrangeRows, cellText, columnWidths, shownColumns } from './resource-rows.ts'

const column = (name: string, wide = false): ResourceColumn => ({ name, type: 'string', wide, description: '' })
const COLUMNS = [column('Name'), column('Ready'), column('Age'), column('Node', true)]
const row = (name: string, cells: ResourceCell[], createdAt = 0, namespace = 'default'): ResourceRow => ({ id: `${namespace}/${name}`, ref: { apiVersion: 'v1', kind: 'Pod', namespace, name }, cells: [name, ...cells], createdAt })
const names = (rows: ResourceRow[]): string[] => rows.map((r) => r.ref.name)

describe('columns', () => {
  test('wide ones on demand, the namespace where there are several', () => {
    expect(shownColumns(COLUMNS, false, false).map((c) => c.name)).toEqual(['Name', 'Ready', 'Age'])
    expect(shownColumns(COLUMNS, true, true).map((c) => c.name)).toEqual(['Name', 'Namespace', 'Ready', 'Age', 'Node'])
    expect(shownColumns([], true, true)).toEqual([])
  })

  test('a long neighbour takes none of a short one', () => {
    const columns = shownColumns(COLUMNS, false, false)
    expect(columnWidths([row('a'.repeat(300), ['1/1'])], columns, (c) => c.name)).toEqual({ grid: 'minmax(208px, 48fr) minmax(64px, 8fr) minmax(48px, 6fr)', least: 208 + 64 + 48 + 2 * 12 + 28 })
  })
})

describe('rows', () => {
  const rows = [row('web-10', ['2/3', '1d', 'kitchen'], 100), row('web-9', ['10/10', '1d', '<none>'], 300), row('db-1', ['1/1', '1d', 'pantry'], 200)]
  const columns = shownColumns(COLUMNS, true, false)
  const by = (name: string, up = true): { by: string; up: boolean } => ({ by: columns.find((c) => c.name === name)?.id ?? '', up })

  test('numbers in names and cells count as numbers', () => {
    expect(names(arrangeRows(rows, columns, '', by('Name')))).toEqual(['db-1', 'web-9', 'web-10'])
    expect(names(arrangeRows(rows, columns, '', by('Ready')))).toEqual(['db-1', 'web-10', 'web-9'])
  })
  test('times that are printed count as times', () => {
    const seen = [row('a', ['2m']), row('b', ['10s']), row('c', ['1m30s']), row('d', ['–'])]
    const order = shownColumns([column('Name'), column('Last Seen')], false, false)
    expect(names(arrangeRows(seen.slice(0, 3), order, '', { by: order[1]?.id ?? '', up: true }))).toEqual(['b', 'c', 'a'])
  })
  test('by age: the youngest first, by when it was made', () => expect(names(arrangeRows(rows, columns, '', by('Age')))).toEqual(['web-9', 'db-1', 'web-10']))
  test('the other way round, and a column that is not shown any more is the first one', () => {
    expect(names(arrangeRows(rows, columns, '', by('Name', false)))).toEqual(['web-10', 'web-9', 'db-1'])
    expect(names(arrangeRows(rows, columns, '', { by: 'gone', up: true }))).toEqual(['db-1', 'web-9', 'web-10'])
  })
  test('every word must be found, in any column but the age', () => {
    expect(names(arrangeRows(rows, columns, 'WEB kitchen', by('Name')))).toEqual(['web-10'])
    expect(arrangeRows(rows, columns, '1d', by('Name'))).toEqual([])
  })
  test('nothing is a dash', () => expect(cellText(rows[1] as ResourceRow, columns[3] as never)).toBe('–'))
})

describe('kinds', () => {
  const kind = (group: string, name: string): ResourceKind => ({ id: `${name}.${group}`, group, apiVersion: '', kind: name, plural: `${name.toLowerCase()}s`, namespaced: true, shortNames: [`${name[0]?.toLowerCase() ?? ''}x`], count: 0, columns: [] })

  test('stand under their topics, one nobody knows under its group, last', () => {
    const groups = kindGroups([kind('example.com', 'Widget'), kind('apps', 'ReplicaSet'), kind('', 'Pod'), kind('apps', 'Deployment'), kind('', 'Marvel'), kind('other.io', 'Gadget')])
    expect(groups.map((g) => [g.topic, g.group, g.kinds.map((k) => k.kind)])).toEqual([
      ['workloads', '', ['Deployment', 'Pod', 'ReplicaSet']], ['cluster', '', ['Marvel']], ['other', 'example.com', ['Widget']], ['other', 'other.io', ['Gadget']],
    ])
  })
  test.each([['conf', true], ['configmaps', true], ['cx', true], ['onfig', true], ['pod', false], ['', true]])('ConfigMap answers to "%s": %s', (text, expected) => expect(kindMatches(kind('', 'ConfigMap'), text)).toBe(expected))
})
