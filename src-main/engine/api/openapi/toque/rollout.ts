import type { Schema } from '../definitions.ts'
import { count, flag, kindOf, part, ref, text, whole } from './shapes.ts'

/** New versions by steps. */
export const ROLLOUT: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.Rollout': kindOf('Rollout', 'How new templates of one Deployment come in: by steps, watched, and back when they are not good.', { spec: part('RolloutSpec'), status: part('RolloutStatus') }, ['spec']),
  'dev.toque.v1.RolloutSpec': {
    type: 'object',
    properties: { deployment: text('The Deployment, in the same namespace. Cannot be changed.'), strategy: part('RolloutStrategy') },
  },
  'dev.toque.v1.RolloutStrategy': {
    description: 'One of the two.',
    type: 'object',
    properties: { canary: part('RolloutCanary'), blueGreen: part('RolloutBlueGreen') },
  },
  'dev.toque.v1.RolloutCanary': {
    description: 'A growing part of the requests goes to the new revision; after the last step all of them.',
    type: 'object',
    properties: { steps: { type: 'array', description: 'Gone one after the other; the first is a weight, and weights grow.', items: part('RolloutStep') }, analysis: part('RolloutAnalysis') },
  },
  'dev.toque.v1.RolloutStep': {
    description: 'A weight or a pause.',
    type: 'object',
    properties: { weight: count('Percent of the requests that the new revision gets: exactly so through an Ingress, else as near as numbers of pods come.'), pause: part('RolloutPause') },
  },
  'dev.toque.v1.RolloutPause': {
    type: 'object',
    properties: { seconds: count('How long; absent: until the annotation toque.dev/order says "promote".') },
  },
  'dev.toque.v1.RolloutBlueGreen': {
    description: 'All of the new revision runs beside the old one, then everything is switched at once.',
    type: 'object',
    properties: {
      autoPromote: flag('Switch without being told. Default true.'), autoPromoteSeconds: count('How long the new revision is there before that. Default 0.'),
      scaleDownDelaySeconds: count('How long the old one stays after the switch, for the way back. Default 30.'),
      previewService: text('A Service that leads to the new revision only, while there is one.'), analysis: part('RolloutAnalysis'),
    },
  },
  'dev.toque.v1.RolloutAnalysis': {
    description: 'What the new revision is held to: the rollout is aborted when more than failureLimit looks find something.',
    type: 'object',
    properties: {
      intervalSeconds: count('Seconds between looks. Default 10.'), ready: flag('A pod that was Ready and is no more counts against it. Default true.'),
      maxRestarts: count('Restarts of its containers, all together. Default 0.'),
      maxErrorPercent: { type: 'number', format: 'double', description: 'Percent of its requests that fail (5xx or no answer), as the ingress sees them. Default 5.' },
      maxMeanMs: count('Mean milliseconds to the answer, as the ingress sees them. Default: any.'), minRequests: count('With fewer requests since they were judged last, they are not judged. Default 20.'),
      failureLimit: count('Looks that may find something. Default 0.'),
    },
  },
  'dev.toque.v1.RolloutStatus': {
    type: 'object',
    properties: {
      observedGeneration: whole('The generation that this is of.'), phase: text('Waiting, Healthy, Progressing, Paused or Aborted.'), message: text('What it does and why.'),
      stable: text('The pod-template-hash of the revision that is known to be good.'), canary: text('The one that is being brought in, or was taken back.'),
      step: count('The step under way, from 0.'), steps: count('How many there are.'), stepStartedAt: text('When it began.'), weight: count('Percent of the requests that the canary gets.'),
      order: text('The last toque.dev/order that was looked at.'), traffic: { type: 'array', description: 'What the Deployment, the Services and the ingress go by.', items: part('RolloutTraffic') },
      analysis: part('RolloutAnalysisStatus'), conditions: { type: 'array', items: ref('io.k8s.apimachinery.pkg.apis.meta.v1.Condition') },
    },
  },
  'dev.toque.v1.RolloutTraffic': {
    type: 'object',
    properties: {
      hash: text('The pod-template-hash.'), replicaSet: text('The ReplicaSet.'), weight: count('Percent of the requests; with 0 no Service leads there.'),
      replicas: count('Pods that it shall have; absent: as many as the Deployment says.'),
    },
  },
  'dev.toque.v1.RolloutAnalysisStatus': {
    type: 'object',
    properties: { failures: count('Looks that found something.'), message: text('What the last look found.'), stable: part('RolloutRequests'), canary: part('RolloutRequests') },
  },
  'dev.toque.v1.RolloutRequests': {
    type: 'object',
    properties: { requests: whole('Since the canary began.'), errors: { type: 'integer', format: 'int64' }, meanMs: whole('Of the last ones.') },
  },
}
