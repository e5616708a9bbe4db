import { no, ok } from '../step.ts'

const LATER = { why: 'the option came later', skip: true }
const pods = `
apiVersion: v1
kind: Pod
metadata: {name: pair, labels: {app: logs}}
spec: {containers: [{name: first, image: talks}, {name: second, image: busybox}], restartPolicy: Never}
---
apiVersion: v1
kind: Pod
metadata: {name: again, labels: {app: logs}}
spec: {containers: [{name: c, image: restarts}]}
---
apiVersion: v1
kind: Pod
metadata: {name: steady, labels: {app: steady}, annotations: {kubectl.kubernetes.io/default-container: main}}
spec: {initContainers: [{name: init, image: busybox}], containers: [{name: main, image: talks, stdin: true}, {name: side, image: talks}]}
`

/** What goes on inside pods: `logs`, `exec`, `attach`, `debug`. The containers are simulated; those of exec and attach are known by their command. */
export const programs = [
  ok('apply -f -', /pod\/steady created/, { stdin: pods }),
  ok('wait --for=condition=Ready pod/steady --timeout=90s', /condition met/),
  ok('logs steady', 'hello\nworld', { old: { why: 'it does not know the annotation', code: 1, out: '', err: /a container name must be specified for pod steady, choose one of: \[main side\] or one of the init containers: \[init\]/ } }),
  ok('logs steady -c side --tail=1', 'world'),
  ok('logs steady -c init', 'one\ntwo\nthree'),
  ok('logs steady --all-containers --prefix', [/^\[pod\/steady\/init\] one$/m, /^\[pod\/steady\/side\] hello$/m]),
  ok('logs steady -c main --timestamps', /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z (hello|world)\n){2}$/),
  ok('logs steady -c main --since=1h', 'hello\nworld'),
  ok('logs steady -c main --since-time=2100-01-01T00:00:00Z', ''),
  ok('logs steady -c main --limit-bytes=3', 'hel'),
  ok('logs -l app=steady -c main --tail=1', 'world'),
  ok('logs pair -c second -f', 'one\ntwo\nthree', { eventually: true }),
  ok('logs pair', 'hello\nworld', { err: /Defaulted container "first" out of: first, second/, old: { why: 'it asks which', code: 1, out: '', err: /a container name must be specified for pod pair, choose one of: \[first second\]/ } }),
  no('logs pair -c third', /container third is not valid for pod pair/),
  no('logs nothing', /pods "nothing" not found/),
  no('logs steady -c main --previous', /previous terminated container "main" in pod "steady" not found/),
  ok('logs again --previous --tail=1', 'a run', { eventually: true }),
  no('logs steady -c main --since=1h --since-time=2020-01-01T00:00:00Z', /(at most|only) one of/),

  ok('exec steady -c main -- hello', 'to stdout', { err: 'to stderr' }),
  { run: 'exec steady -- fail 7', code: 7, out: 'to stdout', err: /to stderr\n(error: )?command terminated with exit code 7/ },
  ok('exec -i steady -c main -- echo', 'a line', { stdin: 'a line\n' }),
  no('exec steady -c main -- missing', /has not started: its image is being pulled/),
  no('exec steady -c nobody -- hello', /container nobody is not valid for pod steady/),
  no('exec nothing -- hello', /pods "nothing" not found/),
  ok('attach -i steady -c main', /typed/, { stdin: 'typed\n', err: /^(If you don't see a command prompt.*\n)?$/ }),

  ok('debug steady --image=talks --profile=general --container=look', '', { old: { why: 'it asks for an older form of ephemeral containers', skip: true } }),
  ok('get pod steady -o jsonpath={.spec.ephemeralContainers[0].name}/{.spec.ephemeralContainers[0].image}', 'look/talks', { old: LATER }),
  ok('logs steady -c look', 'hello\nworld', { eventually: true, old: LATER }),
  ok('debug steady --profile=general --copy-to=copied --image=talks --container=look --same-node', '', { old: LATER }),
  ok('get pod copied -o jsonpath={.spec.containers[*].name}', 'main side look', { old: LATER }),
  ok('delete pod --all --now', /pod "steady" deleted/),
]
