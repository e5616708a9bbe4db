import { cronTab, cronTabDefinition } from '../../../src-main/engine/api/custom/testing/crontab.ts'
import { no, ok } from '../step.ts'

const CRD = 'crontabs.stable.example.com'
// Not in the category `all`: other sessions ask for that while this kind comes and goes.
const definition = JSON.stringify(cronTabDefinition({}, { names: { plural: 'crontabs', kind: 'CronTab', shortNames: ['ct'], categories: ['timers'] } }))
const object = (spec: object): string => JSON.stringify(cronTab('nightly', spec))
const OWN_CHECK = { why: 'it checks fields by itself, by the published schema' }

/** The whole life of a custom kind: defined, explained, printed by its columns, applied, scaled, and gone with its definition. */
export const custom = [
  ok('apply -f -', `customresourcedefinition.apiextensions.k8s.io/${CRD} created`, { stdin: definition }),
  ok(`wait --for=condition=established crd/${CRD} --timeout=10s`, `customresourcedefinition.apiextensions.k8s.io/${CRD} condition met`),
  ok('apply -f -', `customresourcedefinition.apiextensions.k8s.io/${CRD} unchanged`, { stdin: definition }),
  ok(`get crd ${CRD}`, /^NAME +CREATED AT\ncrontabs\.stable\.example\.com +\d{4}-/),
  ok('api-resources --api-group=stable.example.com', /crontabs +ct +stable\.example\.com(\/v1)? +true +CronTab/, { eventually: true }),
  ok('explain crontab.spec.cron', /When it runs\./, { eventually: true }),
  ok('apply -f -', 'crontab.stable.example.com/nightly created', { stdin: object({ port: 'http', free: { any: { thing: 1 } } }) }),
  ok('apply -f -', 'crontab.stable.example.com/nightly configured', { stdin: object({ port: 80 }) }),
  ok('apply -f -', 'crontab.stable.example.com/nightly unchanged', { stdin: object({ port: 80 }) }),
  ok('get ct', /^NAME +CRON +READY +AGE\nnightly +\* \* \* \* 5 +\d+s\n$/),
  ok('get ct nightly -o wide', /REPLICAS[^]*\n.* 1 /),
  ok('get timers -o name', 'crontab.stable.example.com/nightly'),
  ok('get ct --field-selector spec.mode=fast -o name', ''),
  ok('get ct nightly -o jsonpath={.spec.image}/{.spec.replicas}', 'busybox/1'),
  ok('apply --server-side --field-manager=other -f -', 'crontab.stable.example.com/nightly serverside-applied', { stdin: JSON.stringify({ apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name: 'nightly' }, spec: { cron: '* * * * 5', steps: [{ name: 'one' }] } }) }),
  ok('get ct nightly -o jsonpath={.spec.steps[0].retries}', '3'),
  ok('scale ct nightly --replicas=4', 'crontab.stable.example.com/nightly scaled'),
  no('scale ct nightly --replicas=1 --current-replicas=9', /[Ee]xpected replicas to be 9, was 4/),
  ok(`patch ct nightly --type=merge -p '{"spec":{"replicas":5}}'`, 'crontab.stable.example.com/nightly patched'),
  no(`patch ct nightly -p '{"spec":{"replicas":5}}'`, /application\/strategic-merge-patch\+json is not supported by stable\.example\.com\/v1, Kind=CronTab|the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json/),
  no(`patch ct nightly --type=merge -p '{"spec":{"replicas":11}}'`, 'The CronTab "nightly" is invalid: spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10'),
  no('apply --validate=false -f -', /spec\.cron: Invalid value: "now": spec\.cron in body should match/, { stdin: JSON.stringify({ ...cronTab('bad'), spec: { cron: 'now' } }) }),
  no('apply -f -', /strict decoding error: unknown field "spec\.nope"/, { stdin: object({ nope: 1 }), old: { ...OWN_CHECK, err: /ValidationError\(CronTab\.spec\): unknown field "nope"/ } }),
  ok('describe ct nightly', /^Kind: +CronTab$/m),
  ok('label ct nightly team=a', 'crontab.stable.example.com/nightly labeled'),
  ok('edit ct nightly', 'crontab.stable.example.com/nightly edited', { env: { KUBE_EDITOR: 'sed -i s/replicas:.5/replicas:\\ 6/' } }),
  ok('wait --for=delete ct/none --timeout=1s', '', { old: { why: 'it wants to see it first', code: 1, out: '', err: 'error: no matching resources found' } }),
  ok('delete ct nightly', 'crontab.stable.example.com "nightly" deleted'),
  ok(`delete crd ${CRD}`, `customresourcedefinition.apiextensions.k8s.io "${CRD}" deleted`),
  // kubectl may still remember the kind, the server does not.
  no('get ct', /could not find the requested resource|doesn't have a resource type "ct"/),
]
