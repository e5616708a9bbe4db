interface WebOptions {
  name: string
  image: string
  replicas?: number
  nodePort?: number
  /** A memory limit, such as `64Mi`. */
  memory?: string
  env?: Record<string, string>
}

/** nginx with a readiness probe, and a Service on a node port, as a manifest. */
export function website(options: WebOptions): string {
  return web(options, 80, '/')
}

/** The test app (see images/testapp.c) with a readiness probe, and a Service on a node port, as a manifest. */
export function testappDeployment(options: WebOptions): string {
  return web(options, 8080, '/ready')
}

function web({ name, image, replicas = 3, nodePort, memory, env = {} }: WebOptions, port: number, ready: string): string {
  const container = {
    name: 'web', image, ports: [{ containerPort: port }],
    env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    ...(memory === undefined ? {} : { resources: { limits: { memory } } }),
    readinessProbe: { httpGet: { path: ready, port }, periodSeconds: 1 },
  }
  const deployment = {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [container] } } },
  }
  const service = {
    apiVersion: 'v1', kind: 'Service', metadata: { name },
    spec: { type: 'NodePort', selector: { app: name }, ports: [{ port: 80, targetPort: port, ...(nodePort === undefined ? {} : { nodePort }) }] },
  }
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [deployment, service] })
}
