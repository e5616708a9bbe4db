import type { Schema } from '../definitions.ts'
import { count, flag, kindOf, part, text, whole, words } from './shapes.ts'

/** Pods spread anew. */
export const REBALANCE: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.Rebalance': kindOf('Rebalance', 'A wish that pods are spread anew, so that a server that came (back) is used.', { spec: part('RebalanceSpec'), status: part('RebalanceStatus') }, []),
  'dev.toque.v1.RebalanceSpec': {
    type: 'object',
    properties: {
      when: text('Once (the default): now, to its end. Always: whenever servers came or changed, and that has settled.'),
      namespaces: words('Only pods of these namespaces; absent: of all.'),
      atOnce: count('Moves under way at a time, of different apps. Default 1.'),
      settleSeconds: count('Always: how long the servers must have been as they are. Default 60.'),
    },
  },
  'dev.toque.v1.RebalanceStatus': {
    type: 'object',
    properties: {
      phase: text('Running, Waiting, Done or Stopped.'), message: text('What it waits for, or how it ended.'),
      observedGeneration: whole('The generation of the spec that this is about.'),
      current: { type: 'array', items: part('RebalanceMove'), description: 'Moves under way.' },
      moves: { type: 'array', items: part('RebalanceMoveDone'), description: 'Moves that are over, the last 100.' },
    },
  },
  'dev.toque.v1.RebalanceMove': {
    type: 'object',
    properties: {
      namespace: text('The pod\'s namespace.'), pod: text('Its name.'), uid: text('Its UID.'), owner: text('UID of the controller that makes it anew.'), from: text('The node that it leaves.'),
      to: words('Where it may go: equally good nodes.'),
      reason: text('NotAllowed, Spread, Crowded or Uneven.'), ready: count('Ready pods of its owner before.'), since: text('When it was asked to go.'),
    },
  },
  'dev.toque.v1.RebalanceMoveDone': {
    type: 'object',
    properties: {
      namespace: text('The pod\'s namespace.'), pod: text('Its name.'), owner: text('UID of the controller that makes it anew.'), from: text('The node that it left.'), to: text('The node of its replacement.'),
      reason: text('NotAllowed, Spread, Crowded or Uneven.'), inVain: flag('It did not go where it should have.'),
    },
  },
}
