import { CHALLENGE_PATH } from '../../../common/kube/certificate.ts'
import { lines } from '../lines.ts'
import { filterLines, routeLines } from './gateway/route-config.ts'
import type { IngressBackendModel, IngressHost, IngressModel } from './ingress-model.ts'
import { serverName, serverOptions } from './proxy-servers.ts'

/** What one node's proxy is given. */
export interface ProxyFiles {
  /** By their names, relative to the configuration's folder. */
  files: ReadonlyMap<string, string>
  /** All but the servers: where it is the same, they are changed without a new configuration. */
  shape: string
}

/** Where the helper makes its sockets; see resources/node-helper/helper.sh. */
const RUNTIME_SOCKET = '/run/toque/in.sock'
export const HTTP_PORT = 80
export const HTTPS_PORT = 443

const SETTINGS = `global
  default-path config
  user nobody
  group nogroup
  maxconn 8000
  no strict-limits
  hard-stop-after 1h
  stats socket ${RUNTIME_SOCKET} mode 600 level admin expose-fd listeners
  ssl-default-bind-options ssl-min-ver TLSv1.2
  ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
defaults
  mode http
  balance roundrobin
  timeout connect 3s
  timeout client 60s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout queue 30s
  timeout tunnel 1h
  option idle-close-on-response
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
`

/** Who was asked for, and by whom: what the client says of it itself is not believed. */
const REQUEST = `  http-request disable-l7-retry unless METH_GET
  http-request set-var(txn.before) req.hdr(x-forwarded-proto)
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request set-header X-Forwarded-Proto http unless { ssl_fc }
`

const HOST_AND_PATH = `  http-request set-var(txn.host) req.hdr(host),field(1,:),lower
  http-request set-var(txn.path) path
`

/** Of what no Gateway's route has taken: the host's table, else that of the name one label above; then the path's longest prefix in it, by whole segments. */
const LOOK_UP = `  http-request set-var(txn.table) var(txn.host),map_str(hosts.map)
  http-request set-var(txn.table) var(txn.host),regsub(^[^.]+,*),map_str(hosts.map) unless { var(txn.table) -m found }
  http-request set-var(txn.table) str(ANY) unless { var(txn.table) -m found }
  http-request set-var(txn.route) var(txn.table),concat(,txn.path),map_str(exact.map) unless { var(txn.route) -m found }
  http-request set-var(txn.route) var(txn.table),concat(,txn.path,/),map_beg(prefix.map) unless { var(txn.route) -m found }
`

/** A CA asks over plain HTTP, whatever else is done with it. */
const CHALLENGES = '  http-request return status 200 content-type text/plain lf-string "%[path,map_str(challenges.map)]" if { path,map_str(challenges.map) -m found }\n'

/** HAProxy's configuration for a model on these ports. Pure: the same model gives the same text. */
export function compileProxy(model: IngressModel, ports: readonly number[]): ProxyFiles {
  const files = new Map<string, string>()
  const tables = new Map(model.hosts.map((host, i) => [host, host.host === '' ? 'any' : `h${String(i)}`]))
  const table = (host: IngressHost): string => tables.get(host) ?? ''
  files.set('hosts.map', lines(model.hosts.filter(({ host }) => host !== '').map((host) => `${host.host} ${table(host)}`)))
  files.set('exact.map', lines(model.hosts.flatMap((host) => [...host.exact].map(([path, backend]) => `${table(host)}${path} ${backend}`))))
  files.set('prefix.map', lines(model.hosts.flatMap((host) => [...host.prefix].map(([path, backend]) => `${table(host)}${path === '/' ? '' : path}/ ${backend}`))))
  const { challenges = [] } = model
  if (challenges.length > 0) files.set('challenges.map', lines(challenges.map(({ token, keyAuthorization }) => `${CHALLENGE_PATH}${token} ${keyAuthorization}`)))
  files.set('ports', lines(ports.map(String)))
  const secure = ports.includes(HTTPS_PORT) && model.certificates.length > 0
  if (secure) {
    // The first is shown to who asks for no name that is known: only one that is for all.
    const certificates = [...model.certificates].sort((a, b) => Math.min(1, a.hosts.length) - Math.min(1, b.hosts.length))
    files.set('certs.list', lines(certificates.map(({ name, hosts }) => [`${name}.pem`, ...hosts].join(' '))))
    for (const { name, pem } of certificates) files.set(`${name}.pem`, pem)
  }
  const strict = model.certificates.some(({ hosts }) => hosts.length === 0) ? '' : ' strict-sni'
  const front = [
    SETTINGS, 'frontend web\n',
    ports.includes(HTTP_PORT) ? `  bind *:${String(HTTP_PORT)}\n` : '',
    secure ? `  bind *:${String(HTTPS_PORT)} ssl crt-list certs.list alpn h2,http/1.1${strict}\n` : '',
    challenges.length > 0 ? CHALLENGES : '',
    REQUEST, HOST_AND_PATH, routeLines(model.routes ?? []), LOOK_UP.replace('ANY', 'any'),
    model.fallback === undefined ? '' : `  http-request set-var(txn.route) str(${model.fallback}) unless { var(txn.route) -m found }\n`,
    '  http-request return status 404 content-type text/plain string "No Ingress and no HTTPRoute of this cluster has a rule for this host and path.\\n" unless { var(txn.route) -m found }\n',
    '  use_backend %[var(txn.route)]\n',
  ].join('')
  const backs = (withServers: boolean): string => model.backends.map((backend) => backendText(backend, withServers)).join('')
  const shape = JSON.stringify([front, backs(false), ...files])
  files.set('haproxy.cfg', front + backs(true))
  return { files, shape }
}

function backendText(backend: IngressBackendModel, withServers: boolean): string {
  const { name, options, servers, gateway } = backend
  return lines([
    `backend ${name}`,
    ...(options.redirect === 'never' ? [] : [`  http-request redirect scheme https code 308 unless { ssl_fc }${options.redirect === 'always' ? ' or { var(txn.before) -m str https }' : ''}`]),
    ...(gateway === undefined ? [] : filterLines(gateway)),
    `  timeout server ${String(options.timeoutSeconds)}s`,
    // By address: the same for all nodes.
    ...(options.cookie === undefined ? [] : [`  cookie ${options.cookie} insert indirect nocache httponly dynamic`, `  dynamic-cookie-key ${name}`]),
    // Where the shape is compared, as if there were none; but what is said of each counts.
    ...(withServers ? servers.map((server) => `  server ${serverName(server)} ${serverName(server)} weight ${String(server.weight)}${serverOptions(backend)}`) : [serverOptions(backend)]),
  ])
}
