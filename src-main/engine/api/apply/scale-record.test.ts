import { expect, test } from 'vitest'
import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import { parentRecord, scaleRecord } from './scale-record.ts'

const REPLICAS = { 'f:spec': { 'f:replicas': {} } }
const paths = (apiVersion: string): readonly string[] | undefined => ({ 'apps/v1': ['spec', 'replicas'], 'a.example/v1': ['spec', 'size', 'pods'] })[apiVersion]
const entry = (manager: string, fieldsV1: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({ manager, operation: 'Update', apiVersion: 'apps/v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1, ...more })
const asScale = (of: ManagedFieldsEntry): ManagedFieldsEntry => ({ ...of, apiVersion: 'autoscaling/v1', fieldsV1: REPLICAS })

const maker = entry('maker', { 'f:spec': { 'f:replicas': {}, 'f:template': {} } })
const other = entry('other', { 'f:metadata': { 'f:labels': {} } })
const custom = entry('custom', { 'f:spec': { 'f:size': { 'f:pods': {} } } }, { apiVersion: 'a.example/v1', operation: 'Apply' })
const applier = entry('applier', REPLICAS, { apiVersion: 'autoscaling/v1', operation: 'Apply', subresource: 'scale' })

test('a scale says of those who own the replicas that they do, wherever the version has them', () => {
  expect(scaleRecord([maker, other, custom, entry('old', REPLICAS, { apiVersion: 'apps/v0' })], paths)).toEqual([asScale(maker), asScale(custom)])
})

test('what did not change hands stays as it is', () => {
  expect(parentRecord([custom, maker, other], scaleRecord([custom, maker, other], paths), paths, 'apps/v1')).toEqual([custom, maker, other])
})

test('who lost the replicas keeps the rest; the new owner has an entry of its own, in the version of the write', () => {
  expect(parentRecord([maker, other], [applier], paths, 'apps/v1')).toEqual([{ ...applier, apiVersion: 'apps/v1' }, { ...maker, fieldsV1: { 'f:spec': { 'f:template': {} } } }, other])
  expect(parentRecord([custom], [applier], paths, 'a.example/v1')).toEqual([{ ...applier, apiVersion: 'a.example/v1', fieldsV1: { 'f:spec': { 'f:size': { 'f:pods': {} } } } }])
})
