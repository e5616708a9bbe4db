import { expect, test } from 'vitest'
import { meets } from './constraints.ts'
import { dockerNode } from '../doctor/testing/facts.ts'

const node = dockerNode('a', { labels: { Disk: 'SSD' } })

test.each([
  ['node.id==a', true], ['node.id == b', false], ['node.hostname==A-HOST', true], ['node.role!=worker', true], ['node.role==manager', true], ['node.platform.os==linux', true], ['node.platform.arch==x86_64', true],
  ['node.labels.Disk==ssd', true], ['node.labels.Disk!=ssd', false], ['node.labels.zone==x', false], ['node.labels.zone!=x', true], ['engine.labels.gpu==yes', false], ['node.colour==red', false], ['nonsense', false],
])('%s: %s', (constraint, met) => expect(meets(node, constraint)).toBe(met))
