/** A Compose file that cannot be a stack, and where ours says what: `line:column` and the beginning of a sentence. */
export interface BadFile {
  readonly text: string
  readonly says: string
  /** Why `docker stack deploy` takes it all the same, or fails only when it has done half of it. Otherwise it refuses the file, too. */
  readonly toolTakes?: string
}

const key = (line: string, says: string): BadFile => ({ text: `services:\n  a:\n    image: nginx\n    ${line}\n`, says })
/** A single value is marked itself; of a group, its key. */
const columnOf = (line: string): number => (/: [[{]/.test(line) ? 5 : line.indexOf(': ') + 7)
const file = (text: string, says: string, toolTakes?: string): BadFile => ({ text, says, ...(toolTakes === undefined ? {} : { toolTakes }) })
const HALFWAY = 'only the manager refuses it, after networks were made'

export const BAD_FILES: readonly BadFile[] = [
  // Keys that Swarm has nothing for.
  ...([
    ['annotations: {a: b}', 'Say labels.'], ['attach: true'], ['blkio_config: {weight: 300}'], ['cgroup: host'], ['cpu_count: 1'], ['cpu_percent: 50'], ['cpu_period: 1000'], ['cpu_quota: 1000'], ['cpu_rt_period: "1000"'], ['cpu_rt_runtime: "1000"'],
    ['cpu_shares: 10'], ['cpus: 0.5', 'Say it as deploy.resources.limits.cpus'], ['cpuset: "0"'], ['mem_limit: 5M', 'Say it as deploy.resources.limits.memory'], ['mem_reservation: 5M'], ['mem_swappiness: 10'], ['memswap_limit: 10M'],
    ['oom_kill_disable: true'], ['pids_limit: 10', 'Say it as deploy.resources.limits.pids.'], ['storage_opt: {size: 1G}'], ['device_cgroup_rules: ["c 1:3 mr"]'], ['gpus: all'], ['develop: {watch: []}'], ['platform: linux/arm64', 'Say it as a constraint'],
    ['post_start: [{command: x}]'], ['pre_stop: [{command: x}]'], ['profiles: [x]'], ['provider: {type: x}'], ['pull_policy: always'], ['pull_refresh_after: 1h'], ['runtime: runc'], ['scale: 3', 'Say it as deploy.replicas.'], ['uts: host'],
    ['use_api_socket: true'],
  ] as [string, string?][]).map(([line, why = '']) => key(line, `4:${String(columnOf(line))} A stack cannot have services.a.${line.split(':')[0] ?? ''}. ${why}`)),
  key('deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}', '4:41 A stack cannot have services.a.deploy.resources.reservations.devices.'),
  key('networks: {n: {priority: 5}}', '4:'), key('ports: [{target: 1, name: x}]', '4:31 A stack cannot have services.a.ports[0].name.'), key('ports: [{target: 1, app_protocol: http}]', '4:39 A stack cannot have services.a.ports[0].app_protocol.'),
  file('services:\n  a:\n    image: nginx\n    volumes_from: [b]\n  b: {image: nginx}\n', '4:5 A stack cannot have services.a.volumes_from.'),
  file('services: {a: {image: nginx, networks: [n]}}\nnetworks:\n  n: {enable_ipv4: true}\n', '3:20 A stack cannot have networks.n.enable_ipv4.'),
  file('services: {a: {image: nginx}}\nmodels: {m: {model: x}}\n', '2:1 A stack cannot have models.'),
  // Words that do not go together.
  key('deploy: {mode: global, replicas: 2}', '4:38 With the mode global every node has one: leave replicas out.'),
  key('healthcheck: {disable: true, test: x}', '4:40 A healthcheck has either disable or a test'),
  key('credential_spec: {file: a, registry: b}', '4:5 credential_spec can say only one of file and registry.'),
  key('restart: sometimes', '4:14 restart cannot be "sometimes"'), key('restart: "on-failure:x"', '4:14 restart cannot be "on-failure:x"'), key('restart: "a:1:2"', '4:14 restart cannot be "a:1:2"'),
  { ...key('deploy: {restart_policy: {condition: always}}', '4:42 Swarm has no restart condition "always": write any.'), toolTakes: HALFWAY },
  { ...key('deploy: {endpoint_mode: dnsrr}\n    ports: ["80:80"]', '5:13 A service with endpoint_mode dnsrr has no address of its own'), toolTakes: HALFWAY },
  key('volumes: [{type: bind, target: /x}]', '4:15 A volume of the type bind needs a source'), key('volumes: [{type: tmpfs, source: x, target: /x}]', '4:37 A tmpfs has no source'),
  key('volumes: [{type: bind, source: /a, target: /x, volume: {nocopy: true}}]', '4:52 A volume of the type bind cannot have options for volume'),
  key('volumes: [{type: volume, target: /x, tmpfs: {size: 1000}}]', '4:42 A volume of the type volume cannot have options for tmpfs'),
  key('volumes: [{type: cluster, source: /x, target: /y}]', '4:22 A stack\'s volumes are of the type volume, bind, tmpfs or npipe, not "cluster".'),
  { ...key('volumes: [/srv, "/etc:/srv"]', '4:21 a has two volumes at /srv'), toolTakes: HALFWAY },
  { ...key('volumes: [{type: volume}]', '4:15 This needs a target'), toolTakes: HALFWAY },
  { ...key('volumes: ["~/x:/y"]', '4:15 "~/x" is no full path'), toolTakes: 'it takes the folders of the desk for those of the nodes' },
  { ...key('volumes: ["./x:/y"]', '4:15 "./x" is no full path'), toolTakes: 'it takes the folders of the desk for those of the nodes' },
  file('services:\n  a: {image: nginx, secrets: [s, {source: s}]}\nsecrets: {s: {file: ./password.txt}}\n', '2:34 Two secrets of a would be the file s'),
  file('services:\n  a: {image: nginx, configs: [{source: s, target: x}, {source: t, target: x}]}\nconfigs: {s: {file: ./app.conf}, t: {file: ./app.conf}}\n', '2:55 Two configs of a would be the file x'),
  file('services: {a: {image: nginx, volumes: ["v:/v"]}}\nvolumes:\n  v: {external: true, driver: local}\n', '3:31 The volume v is external, so it is there already: leave driver out.'),
  // Contents.
  file('services: {a: {image: nginx}}\nsecrets:\n  s: {file: ./nowhere.txt}\n', '3:13 The file "./nowhere.txt" was not given'),
  file('services: {a: {image: nginx}}\nsecrets:\n  s: {labels: {a: b}}\n', '3:3 The secret s needs a file with its content'),
  file('services: {a: {image: nginx}}\nsecrets:\n  s: {file: ./password.txt, driver: vault}\n', '3:'),
  file('services: {a: {image: nginx}}\nconfigs:\n  c: {file: ./app.conf, content: x}\n', '3:34 The config c has file and content: leave one out.'),
  file('services: {a: {image: nginx}}\nconfigs:\n  c: {environment: NOT_SET}\n', '3:20 The variable NOT_SET has no value'),
  // Names.
  file('services:\n  a.b: {image: nginx}\n', '2:3 "bad_a.b" cannot be the name of a service in Swarm', HALFWAY),
  file(`services:\n  ${'long'.repeat(16)}: {image: nginx}\n`, '2:3 "bad_', HALFWAY),
  file('services: {a: {image: nginx}}\nsecrets:\n  s: {name: "a b", file: ./password.txt}\n', '3:3 "a b" cannot be the name of a secret in Swarm'),
  // What the reader of Compose files finds.
  file('version: "2"\nservices: {a: {image: nginx}}\n', '1:10 Version 2 of the Compose format is not supported'),
  file('services:\n  a: {image: nginx, ports: ["80:1"]}\n  b: {image: nginx, ports: ["80:2"]}\n', '3:29 The port 80 is published by a and by b', HALFWAY),
  file('services:\n  a: {image: nginx, networks: [gone]}\n', '2:32 a uses the network "gone", which the file does not define.'),
  file('services:\n  a: {image: nginx, foo: 1}\n', '2:21 services.a has no key "foo".'),
]
