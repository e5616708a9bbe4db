import { describe, expect, test } from 'vitest'
import type { ReadOptions } from './read.ts'
import { readCompose } from './read.ts'
import { writeCompose } from './write.ts'

const NS = 1_000_000_000

/** One service's keys, as they are read. */
function service(keys: string, options: ReadOptions = {}, rest = ''): unknown {
  const { model, problems } = readCompose(`services:\n  a:\n    image: x\n${keys.split('\n').map((line) => `    ${line}`).join('\n')}\n${rest}`, options)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const { image: _, ...own } = model?.services['a'] ?? {}
  return own
}

/** `line:column message` of each problem. */
function problems(text: string, options: ReadOptions = {}): string[] {
  return readCompose(text, options).problems.map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
}

describe('short and long forms', () => {
  // What `docker stack config` (28.2) makes of the same lines.
  test.each([
    ['ports: ["80:81"]', { ports: [{ target: 81, published: 80, protocol: 'tcp', mode: 'ingress' }] }],
    ['ports: [3000, "53:53/udp"]', { ports: [{ target: 3000, protocol: 'tcp', mode: 'ingress' }, { target: 53, published: 53, protocol: 'udp', mode: 'ingress' }] }],
    ['ports: ["8000-8001:9000-9001"]', { ports: [{ target: 9000, published: 8000, protocol: 'tcp', mode: 'ingress' }, { target: 9001, published: 8001, protocol: 'tcp', mode: 'ingress' }] }],
    ['ports: ["8000-8001:80"]', { ports: [{ target: 80, published: 8000, protocol: 'tcp', mode: 'ingress' }, { target: 80, published: 8001, protocol: 'tcp', mode: 'ingress' }] }],
    ['ports: ["9000-9001"]', { ports: [{ target: 9000, protocol: 'tcp', mode: 'ingress' }, { target: 9001, protocol: 'tcp', mode: 'ingress' }] }],
    ['ports: ["127.0.0.1:1:2", "[::1]:5:6/udp"]', { ports: [{ host_ip: '127.0.0.1', target: 2, published: 1, protocol: 'tcp', mode: 'ingress' }, { host_ip: '::1', target: 6, published: 5, protocol: 'udp', mode: 'ingress' }] }],
    ['ports: [{target: 80, published: "8080", mode: host}]', { ports: [{ target: 80, published: 8080, mode: 'host', protocol: 'tcp' }] }],
    ['volumes: ["./a:/b", "~/x:/y:ro,z", /anon, "C:\\\\x:/z", "/p:/q:rslave"]', { volumes: [
      { type: 'bind', source: './a', target: '/b' }, { type: 'bind', source: '~/x', target: '/y', read_only: true, bind: { selinux: 'z' } },
      { type: 'volume', target: '/anon' }, { type: 'bind', source: 'C:\\x', target: '/z' }, { type: 'bind', source: '/p', target: '/q', bind: { propagation: 'rslave' } },
    ] }],
    ['environment: [A=1, B, "C=x=y", D=]', { environment: { A: '1', B: null, C: 'x=y', D: '' } }],
    ['environment: {A: yes, B: 0644, C: 22:22, D: 1_000, F: ~, G: 1e3, H: 0x1F, I: .5, J: y, K: "", M: 1.50, Q: 0b11, R: 123456789012345678, T: 1.0, V: true}', {
      environment: { A: 'yes', B: '420', C: '22:22', D: '1000', F: null, G: '1000', H: '31', I: '0.5', J: 'y', K: '', M: '1.5', Q: '3', R: '123456789012345678', T: '1', V: 'true' },
    }],
    ['labels: ["a=b", c]', { labels: { a: 'b', c: '' } }],
    ['command: echo "a b" $$HOME', { command: ['echo', 'a b', '$HOME'] }],
    ['entrypoint: ["a", "b c"]\ncommand: []', { entrypoint: ['a', 'b c'], command: [] }],
    ['command:\nentrypoint: ""', { entrypoint: [] }],
    ['healthcheck: {test: curl x, interval: 1m30s, retries: "3"}', { healthcheck: { test: ['CMD-SHELL', 'curl x'], interval: 90 * NS, retries: 3 } }],
    ['healthcheck: {disable: true}', { healthcheck: { disable: true } }],
    ['deploy: {resources: {limits: {memory: 50M, cpus: "0.5", pids: 10}}}', { deploy: { resources: { limits: { memory: 52_428_800, cpus: 0.5, pids: 10 } } } }],
    ['ulimits: {nofile: 1, nproc: {soft: 1, hard: 2}}', { ulimits: { nofile: { soft: 1, hard: 1 }, nproc: { soft: 1, hard: 2 } } }],
    ['tmpfs: /run\ndns: 1.1.1.1', { tmpfs: ['/run'], dns: ['1.1.1.1'] }],
    ['extra_hosts: ["a:1.1.1.1", "b=::1", "a:2.2.2.2"]', { extra_hosts: { a: ['1.1.1.1', '2.2.2.2'], b: ['::1'] } }],
    ['extra_hosts: {a: 1.1.1.1}', { extra_hosts: { a: ['1.1.1.1'] } }],
    ['sysctls: ["net.core.somaxconn=1024"]', { sysctls: { 'net.core.somaxconn': '1024' } }],
    ['depends_on: [a]', { depends_on: { a: { condition: 'service_started' } } }],
    ['build: .', { build: { context: '.' } }],
    ['gpus: all', { gpus: [{ count: 'all' }] }],
    ['memswap_limit: -1\nmem_limit: 1g', { memswap_limit: -1, mem_limit: 2 ** 30 }],
    ['stop_grace_period: 1m', { stop_grace_period: 60 * NS }],
    ['x-mine: {deep: [1]}', { 'x-mine': { deep: [1] } }],
  ])('%s', (keys, expected) => expect(service(keys)).toEqual(expected))

  test.each([
    ['networks: [n]', 'networks: {n: }', { networks: { n: {} } }],
    ['networks: {n: , default: {aliases: [q]}}', 'networks: {n: {}}', { networks: { n: {}, default: { aliases: ['q'] } } }],
    ['secrets: [s]\nconfigs: [{source: c, mode: 0440, target: /c}]', 'secrets: {s: {file: ./s}}\nconfigs: {c: {external: true}}', { secrets: [{ source: 's' }], configs: [{ source: 'c', mode: 0o440, target: '/c' }] }],
    ['volumes: ["data:/e:nocopy"]', 'volumes: {data: }', { volumes: [{ type: 'volume', source: 'data', target: '/e', volume: { nocopy: true } }] }],
    // A drive of Windows, to Docker too.
    ['volumes: ["d:/e:/f"]', '', { volumes: [{ type: 'bind', source: 'd:/e', target: '/f' }] }],
    ['secrets: [{source: s, mode: "0400"}]', 'secrets: {s: {file: ./s}}', { secrets: [{ source: 's', mode: 0o400 }] }],
  ])('%s with %s', (keys, rest, expected) => expect(service(keys, {}, rest)).toEqual(expected))

  test('hosts in a map are sorted, as Docker does it, and a list keeps its order, also when it is written', () => {
    const hosts = (text: string): string => JSON.stringify((service(`extra_hosts: ${text}`) as { extra_hosts: unknown }).extra_hosts)
    expect(hosts('{b: 1.1.1.1, a-b: 2.2.2.2, a: 3.3.3.3}')).toBe('{"a-b":["2.2.2.2"],"a":["3.3.3.3"],"b":["1.1.1.1"]}')
    expect(hosts('["b:1.1.1.1", "a:2.2.2.2"]')).toBe('{"b":["1.1.1.1"],"a":["2.2.2.2"]}')
    const { model } = readCompose('services: {a: {image: x, extra_hosts: ["b:1.1.1.1", "a:2.2.2.2", "b:::1"]}}')
    expect(JSON.stringify(readCompose(writeCompose(model ?? { services: {} })).model)).toBe(JSON.stringify(model))
  })

  test('external with a name is external, and so named', () => {
    expect(readCompose('services: {a: {image: x}}\nnetworks: {n: {external: {name: other}}, m: {external: "true"}}').model?.networks).toEqual({ n: { external: true, name: 'other' }, m: { external: true } })
  })
})

describe('variables', () => {
  test('stand for values of any type', () => {
    expect(service('deploy: {replicas: "${N}"}\ntty: ${T}\ndepends_on: {a: {condition: service_started, required: "${R:-false}"}}', { variables: { N: '3', T: 'true' } }))
      .toEqual({ deploy: { replicas: 3 }, tty: true, depends_on: { a: { condition: 'service_started', required: false } } })
  })
  test('give environment names their value, and warn when they have none', () => {
    const read = readCompose('services:\n  a:\n    image: "x:$TAG"\n    environment: [A, B]', { variables: { A: '1' } })
    expect(read.model?.services['a']).toEqual({ image: 'x:', environment: { A: '1', B: null } })
    expect(read.problems).toMatchObject([{ severity: 'warning', line: 3, column: 12, message: 'The variable TAG has no value: an empty text stands for it. Write ${TAG:-default} to give it one.' }])
  })
})

describe('what a file takes from elsewhere', () => {
  test('anchors, merge keys and tools\' own fields', () => {
    const text = 'x-base: &base {image: x, environment: &env {A: 1}}\nservices:\n  a:\n    <<: *base\n    tty: true\n  b:\n    <<: *base\n    environment: {<<: *env, B: 2}'
    expect(readCompose(text).model?.services).toEqual({ a: { image: 'x', environment: { A: '1' }, tty: true }, b: { image: 'x', environment: { A: '1', B: '2' } } })
  })
  test('extends, in the file and from another', () => {
    const text = 'services:\n  base: {image: x, environment: {A: 1, B: 1}, ports: ["1"], command: a b, depends_on: [c]}\n  a: {extends: base, environment: {B: 2}, ports: ["2:2"], command: c}\n  c: {extends: {service: o, file: other.yaml}}'
    const { model, problems: wrong } = readCompose(text, { files: { 'other.yaml': 'services: {o: {image: y, extends: p}, p: {image: z}}' } })
    expect(wrong).toEqual([])
    expect(model?.services['a']).toEqual({
      image: 'x', environment: { A: '1', B: '2' }, command: ['c'],
      ports: [{ target: 1, protocol: 'tcp', mode: 'ingress' }, { target: 2, published: 2, protocol: 'tcp', mode: 'ingress' }],
    })
  })
  test('env files below the environment, label files below the labels', () => {
    const files = { './e': '# no\nA=1\nB="q"\n\nC=x=y\nD\nE', './l': 'k=v\nm=n' }
    expect(service('env_file: ./e\nenvironment: {A: 2}\nlabel_file: [./l]\nlabels: {m: o}', { files, variables: { D: 'd' } }))
      .toEqual({ environment: { A: '2', B: '"q"', C: 'x=y', D: 'd' }, labels: { k: 'v', m: 'o' } })
    expect(service('env_file: [{path: ./none, required: false}]')).toEqual({ environment: {} })
  })
})

describe('problems, each in a sentence and at its place', () => {
  test.each([
    ['services:\n  a: {image: [}', '2:15 This is not valid YAML'],
    [`services:\n  ${'- '.repeat(5_000)}a`, '2:401 This YAML is nested deeper than 200 levels'],
    ['services:\n\ta: 1', '2:1 This is not valid YAML'],
    ['services: {a: {image: x}, a: {image: y}}', '1:27 This is not valid YAML: map keys must be unique'],
    ['', '1:1 This Compose file is empty'],
    ['- a', '1:1 This is not a Compose file'],
    ['services: {a: {image: x}}\n---\nservices: {}', '3:1 A Compose file is one YAML document'],
    ['a: &a [*a]', '1:'],
    ['networks: {}', '1:1 The file has no services'],
    ['services: {}\nfoo: 1', '2:1 The file has no key "foo". Check its spelling and its indentation.'],
    ['service: {a: {image: x}}', '1:1 The file has no key "service". Did you mean "services"?'],
    ['services:\n  a:\n    imgae: x', '3:5 services.a has no key "imgae". Did you mean "image"?'],
    ['services:\n  a:\n    image: x\n    dependsOn: [b]', '4:5 services.a has no key "dependsOn". Did you mean "depends_on"?'],
    ['services:\n  a:\n    image: x\n    deploy: {replica: 2}', '4:14 services.a.deploy has no key "replica". Did you mean "replicas"?'],
    ['services:\n  a b: {image: x}', '2:3 "a b" cannot be a name in services: use letters, digits, dots, dashes and underscores.'],
    ['services:\n  a:\n    image: [x]', '3:5 services.a.image must be text, not a list.'],
    ['services:\n  a:\n    image: 5', '3:12 services.a.image must be text, not a whole number.'],
    ['services: [a]', '1:1 services must be a group of keys, not a list.'],
    ['services:\n  a:\n', '2:3 services.a is empty: give it a group of keys, or leave it out.'],
    ['services:\n  a:\n    image: x\n    ports: {a: 1}', '4:5 services.a.ports must be a list, not a group of keys.'],
    ['services:\n  a:\n    image: x\n    ports: ["99999:1"]', '4:13 services.a.ports[0] cannot be 99999: ports go from 1 to 65535.'],
    ['services:\n  a:\n    image: x\n    ports: ["x:1"]', '4:13 services.a.ports[0] cannot be "x:1": write PORT'],
    ['services:\n  a:\n    image: x\n    ports: ["1-3:1-2"]', '4:13 services.a.ports[0] cannot be "1-3:1-2": the two ranges have 3 and 2 ports'],
    ['services:\n  a:\n    image: x\n    ports: [{published: 1}]', '4:13 services.a.ports[0] needs target.'],
    ['services:\n  a:\n    image: x\n    ports: [{target: 1, mode: both}]', '4:31 services.a.ports[0].mode must be ingress or host, not "both".'],
    ['services:\n  a:\n    image: x\n    volumes: ["a:b:c:d"]', '4:15 services.a.volumes[0] cannot be "a:b:c:d"'],
    ['services:\n  a:\n    image: x\n    volumes: [{target: /x}]', '4:15 services.a.volumes[0] needs type.'],
    ['services:\n  a:\n    image: x\n    volumes: [{type: odd}]', '4:22 services.a.volumes[0].type must be one of bind, volume, tmpfs, cluster, npipe, image, not "odd".'],
    ['services:\n  a:\n    image: x\n    command: a \'b', '4:14 services.a.command cannot be split into words. The command has a \' that is never closed.'],
    ['services:\n  a:\n    image: x\n    healthcheck: {interval: 5x}', '4:29 services.a.healthcheck.interval must be a duration such as 90s'],
    ['services:\n  a:\n    image: x\n    healthcheck: {test: [curl, x]}', '4:19 services.a.healthcheck.test must begin with CMD, CMD-SHELL or NONE, not "curl".'],
    ['services:\n  a:\n    image: x\n    mem_limit: 5Q', '4:16 services.a.mem_limit must be a size'],
    ['services:\n  a:\n    image: x\n    deploy: {replicas: many}', '4:24 services.a.deploy.replicas must be a whole number, not "many".'],
    ['services:\n  a:\n    image: x\n    deploy: {mode: odd}', '4:20 services.a.deploy.mode must be one of replicated, global'],
    ['services:\n  a:\n    image: x\n    tty: maybe', '4:10 services.a.tty must be true or false, not "maybe".'],
    ['services:\n  a:\n    image: x\n    oom_score_adj: 5000', '4:20 services.a.oom_score_adj must be at most 1000, not 5000.'],
    ['services:\n  a:\n    image: x\n    cap_add: [A, A]', '4:18 services.a.cap_add has "A" twice'],
    ['services:\n  a:\n    image: x\n    ulimits: {nofile: {soft: 1}}', '4:15 services.a.ulimits.nofile needs hard.'],
    ['services:\n  a:\n    tty: true', '2:3 a needs an image'],
    ['services:\n  a:\n    image: ""', '3:12 a needs an image'],
    ['services:\n  a:\n    image: "${T:?set the tag}"', '3:12 The variable T must have a value: set the tag.'],
    ['services:\n  a:\n    image: "${T"', '3:12 "${T" is no text that variables can be filled into'],
    ['services:\n  a:\n    image: x\n    networks: [fornt]\nnetworks: {front: }', '4:16 a uses the network "fornt", which the file does not define. Did you mean "front"?'],
    ['services:\n  a:\n    image: x\n    networks:\n      n:', '5:7 a uses the network "n", which the file does not define. Add it to the top-level networks:'],
    ['services:\n  a:\n    image: x\n    volumes: ["data:/x"]', '4:15 a uses the volume "data", which the file does not define.'],
    ['services:\n  a:\n    image: x\n    secrets: [s]', '4:15 a uses the secret "s", which the file does not define.'],
    ['services:\n  a:\n    image: x\n    configs: [{source: c}]', '4:15 a uses the config "c", which the file does not define.'],
    ['services:\n  a:\n    image: x\n    depends_on: [dbb]\n  db: {image: y}', '4:18 a depends on the service "dbb", which the file does not have. Did you mean "db"?'],
    ['services:\n  a:\n    image: x\n    network_mode: service:b', '4:19 a shares (network_mode) with the service "b"'],
    ['services:\n  a:\n    image: x\n    extends: b', '4:14 a extends the service "b", which this file does not have.'],
    ['services:\n  a: {extends: b, image: x}\n  b: {extends: a, image: x}', '2:16 The services a, b, a extend each other in a circle.'],
    ['services:\n  a:\n    extends: {service: b, file: o.yaml}', '3:33 The file "o.yaml", which a extends, was not given'],
    ['services:\n  a:\n    image: x\n    env_file: [./e]', '4:16 The file "./e" was not given: its text is needed too.'],
    ['include: [x.yaml]\nservices: {a: {image: x}}', '1:1 include is not followed'],
    ['services:\n  a: {image: x, ports: ["80:1"]}\n  b:\n    image: x\n    ports:\n      - "443:1"\n      - "80:2"', '7:9 The port 80 is published by a and by b'],
    ['services:\n  a:\n    image: x\n    ports: ["80:1", "80:2"]', '4:21 a publishes the port 80 twice'],
    ['services:\n  a:\n    image: x\n    ports: ["8000-8005:8000-8005", {target: 1, published: 8003, mode: host}]', '4:36 a publishes the port 8003 twice'],
  ])('%j', (text, expected) => {
    const found = problems(text)
    expect(found.filter((problem) => problem.includes(expected) && (/^\d/.test(expected) ? problem.startsWith(expected) : true)), found.join('\n')).toHaveLength(1)
    expect(readCompose(text).model).toBeUndefined()
  })

  test.each([['"2.1"', 'Version 2.1 of the Compose format is not supported: its keys mean other things.'], ['"1"', 'Version 1 of'], ['"3.14"', 'Version "3.14" of'], ['"4"', 'Version "4"'], ['latest', 'Version "latest"']])('version %s', (version, expected) => {
    expect(problems(`version: ${version}\nservices: {a: {image: x}}`)).toEqual([expect.stringContaining(`1:10 ${expected}`)])
  })
  test.each(['"3"', '"3.0"', '"3.8"', '"3.13"', '3.9', '""'])('version %s is taken', (version) => expect(problems(`version: ${version}\nservices: {a: {image: x}}`)).toEqual([]))
  test.each([['["53:1", "53:1/udp"]'], ['["127.0.0.1:1:1", "127.0.0.2:1:1"]'], ['["80", "81"]']])('the ports %s do not clash', (ports) => expect(problems(`services: {a: {image: x, ports: ${ports}}}`)).toEqual([]))
  test('one wrong field is reported once, and others beside it', () => {
    expect(problems('services:\n  a:\n    image: x\n    prots: []\n    ports: ["q"]\n    tty: []')).toEqual([
      expect.stringContaining('4:5 services.a has no key "prots". Did you mean "ports"?'), expect.stringContaining('6:5 services.a.tty must be'), expect.stringContaining('5:13 services.a.ports[0] cannot be "q"'),
    ])
  })
})
