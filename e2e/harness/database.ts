import type { LabHost } from '../lab/lab-host.ts'
import { docker } from './floors.ts'
import type { Team } from './team.ts'

const IMAGE = 'postgres:latest'
const PORT = 5432

/** A PostgreSQL as a StatefulSet with a claim for its data and a headless Service, as one finds it in manuals. */
export function database(name: string, policy?: string): object[] {
  const labels = { app: name }
  const claim = { metadata: { name: 'data', ...(policy === undefined ? {} : { annotations: { 'toque.dev/on-server-loss': policy } }) }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { clusterIP: 'None', selector: labels, ports: [{ port: PORT }] } },
    { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name }, spec: {
      serviceName: name, replicas: 1, selector: { matchLabels: labels }, volumeClaimTemplates: [claim],
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 20, containers: [postgres('data')] } },
    } },
  ]
}

/** A single PostgreSQL on a claim that is there. */
export function databaseOn(name: string, claim: string): object[] {
  const labels = { app: name }
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: {
      selector: { matchLabels: labels }, strategy: { type: 'Recreate' },
      template: { metadata: { labels }, spec: { containers: [postgres('data')], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }] } },
    } },
  ]
}

function postgres(volume: string): object {
  return {
    name: 'postgres', image: IMAGE, ports: [{ containerPort: PORT }], volumeMounts: [{ name: volume, mountPath: '/var/lib/postgresql/data' }],
    readinessProbe: { exec: { command: ['pg_isready', '-q', '-h', '127.0.0.1'] }, periodSeconds: 1 },
  }
}

/** Inserts a row, again and again, over the network, and says its number once the database has said that it is committed. What is not answered in 5 s is not. */
const WRITE = `
until psql -qtAX -h "$DB" -c 'create table if not exists rows(n bigint primary key, noted timestamptz default now())'; do sleep 0.2; done
n=0
while :; do
  n=$((n + 1))
  timeout 5 psql -qtAX -v ON_ERROR_STOP=1 -h "$DB" -c "insert into rows(n) values ($n)" 2>/dev/null && echo "committed $n" || sleep 0.2
done`

/** A client that never stops writing, on a server of its own. */
export class Writer {
  readonly #team: Team
  readonly #name: string

  private constructor(team: Team, name: string) {
    this.#team = team
    this.#name = name
  }

  /** Starts one on `host`, whose database has this name in DNS. */
  static async start(team: Team, host: LabHost, name: string, server: string): Promise<Writer> {
    await team.apply({
      apiVersion: 'v1', kind: 'Pod', metadata: { name },
      spec: {
        nodeName: host.name, terminationGracePeriodSeconds: 1,
        containers: [{ name: 'psql', image: IMAGE, command: ['/bin/sh', '-c', WRITE], env: [{ name: 'DB', value: server }, { name: 'PGCONNECT_TIMEOUT', value: '3' }] }],
      },
    })
    await team.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'])
    return new Writer(team, name)
  }

  /** The rows that it was told are committed, so far. */
  async committed(): Promise<number[]> {
    const log = await this.#team.kubectl(['logs', this.#name])
    return [...log.matchAll(/^committed (\d+)$/gm)].map((found) => Number(found[1]))
  }

  async stop(): Promise<number[]> {
    const all = await this.committed()
    await this.#team.kubectl(['delete', 'pod', this.#name])
    return all
  }
}

/** The rows that a database has. */
export async function rowsIn(team: Team, pod: string): Promise<Set<number>> {
  const out = await team.kubectl(['exec', pod, '--', 'psql', '-qtAX', '-h', '127.0.0.1', '-c', 'select n from rows'])
  return new Set(out.split('\n').filter((line) => line !== '').map(Number))
}

/** A client that never stops writing, outside of every cluster: a container on a server's own network, to a database on a published port. */
export class OutsideWriter {
  readonly #host: LabHost
  readonly #address: string
  readonly #name = 'writer'

  private constructor(host: LabHost, address: string) {
    this.#host = host
    this.#address = address
  }

  static async start(host: LabHost, address: string): Promise<OutsideWriter> {
    await docker(host, 'run', '--detach', '--init', '--name', 'writer', '--network', 'host', '--env', `DB=${address}`, '--env', 'PGCONNECT_TIMEOUT=3', IMAGE, '/bin/sh', '-c', WRITE)
    return new OutsideWriter(host, address)
  }

  /** The rows that it was told are committed, so far. */
  async committed(): Promise<number[]> {
    const log = await docker(this.#host, 'logs', this.#name)
    return [...log.matchAll(/^committed (\d+)$/gm)].map((found) => Number(found[1]))
  }

  /** The rows that the database has. */
  async rows(): Promise<Set<number>> {
    const out = await docker(this.#host, 'exec', this.#name, 'psql', '-qtAX', '-h', this.#address, '-c', 'select n from rows')
    return new Set(out.split('\n').filter((line) => line !== '').map(Number))
  }
}
