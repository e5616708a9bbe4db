import type { AppSummary, Explanation, Health, ObjectRef, SwarmFileSummary, SwarmNetworkSummary } from '../../src-main/common/contract/index.ts'

const DAY = 24 * 60 * 60_000

function ref(name: string, stack: string): ObjectRef {
  return { apiVersion: 'swarm', kind: 'Service', namespace: stack === '' ? 'default' : stack, name }
}

/** The services of a restaurant's swarm. */
export function fakeApps(now: number): AppSummary[] {
  const app = (stack: string, short: string, image: string, [ready, desired]: [number, number], age: number, health: Health = 'healthy', why?: Explanation, port?: number): AppSummary => {
    const name = stack === '' ? short : `${stack}_${short}`
    return {
      id: name, ref: ref(name, stack), health, ...(why === undefined ? {} : { why }), replicas: { desired, ready, updated: ready }, images: [image], abilities: ['scale', 'image', 'restart', 'history'], createdAt: now - age,
      endpoints: port === undefined ? [] : [{ kind: 'NodePort', name, protocol: 'TCP', address: '192.168.0.11', port, url: `http://192.168.0.11:${String(port)}` }],
    }
  }
  return [
    app('shop', 'web', 'nginx:1.27', [3, 3], 9 * DAY, 'healthy', undefined, 8080),
    app('shop', 'api', 'registry.local/menu-api:2.4.1', [4, 4], 9 * DAY, 'healthy', { reason: 'RolledBack', message: 'The last update (registry.local/menu-api:2.5.0) was taken back, and everything is as before. It ended with exit code 1: its last log lines say why.' }),
    app('shop', 'db', 'postgres:16.4', [1, 1], 31 * DAY),
    app('blog', 'web', 'ghost:5', [1, 2], 3 * DAY, 'degraded', { reason: 'PortInUse', message: 'A port that it publishes is taken on its server. Choose another port, or end what holds it.' }, 8081),
    app('monitoring', 'agent', 'fluent-bit:3.2', [3, 3], 31 * DAY),
    app('monitoring', 'prometheus', 'prom/prometheus:v3.1', [1, 1], 31 * DAY, 'healthy', undefined, 9090),
    app('', 'pdf-export', 'registry.local/pdf-export:5.1', [1, 1], 2 * DAY),
  ]
}

/** Its secrets and configs; one is in the midst of a rotation. */
export function fakeFiles(now: number): SwarmFileSummary[] {
  const [api, db, web, blog] = [ref('shop_api', 'shop'), ref('shop_db', 'shop'), ref('shop_web', 'shop'), ref('blog_web', 'blog')]
  const file = (kind: 'secret' | 'config', name: string, stack: string, age: number, users: ObjectRef[], more: Partial<SwarmFileSummary> = {}): SwarmFileSummary => ({ id: `${kind} ${name}`, kind, name, stack, users, versions: [{ name, createdAt: now - age, users }], labels: {}, ...more })
  return [
    file('secret', 'db-password', '', 31 * DAY, [api, db]),
    file('secret', 'shop_payment-key', 'shop', 9 * DAY, [api, web], { versions: [{ name: 'shop_payment-key_a41b09cc2e', createdAt: now - 40_000, users: [web] }, { name: 'shop_payment-key', createdAt: now - 9 * DAY, users: [api] }] }),
    file('secret', 'old-smtp', '', 400 * DAY, []),
    file('config', 'shop_nginx.conf', 'shop', 2 * DAY, [web], { versions: [{ name: 'shop_nginx.conf_77c1e0a3d9', createdAt: now - 2 * DAY, users: [web] }] }),
    file('config', 'blog_theme', 'blog', 3 * DAY, [blog]),
  ]
}

/** Its networks. */
export function fakeNetworks(now: number): SwarmNetworkSummary[] {
  const network = (name: string, stack: string, subnet: string, users: ObjectRef[], more: Partial<SwarmNetworkSummary> = {}): SwarmNetworkSummary => ({
    id: name, name, stack, driver: 'overlay', attachable: false, encrypted: false, internal: false, ingress: false, subnets: [subnet], users, createdAt: now - 9 * DAY, ...more,
  })
  return [
    network('backend', '', '10.0.4.0/24', [ref('shop_api', 'shop'), ref('shop_db', 'shop')], { encrypted: true, internal: true }),
    network('blog_default', 'blog', '10.0.3.0/24', [ref('blog_web', 'blog')]),
    network('ingress', '', '10.0.0.0/24', [], { ingress: true }),
    network('scratch', '', '10.0.7.0/24', [], { attachable: true }),
    network('shop_default', 'shop', '10.0.1.0/24', [ref('shop_web', 'shop'), ref('shop_api', 'shop')]),
  ]
}
