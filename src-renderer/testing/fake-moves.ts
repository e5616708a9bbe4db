import type { MovePlan, MoveProgress, MoveRequest, Moves, MoveState } from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import { LiveValue } from '../../src-main/common/rpc/live-value.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'

/** Moves of one app, in memory: a plan of every kind of line, and a run that comes to the switch and stays there until it is left. */
export class FakeMoves implements Moves {
  readonly #states = new LiveValue<MoveState[]>([])

  watch(): Stream<MoveState[]> {
    return this.#states.stream()
  }

  plan({ to }: MoveRequest): Promise<MovePlan> {
    const [here, there] = to === 'swarm' ? ['in the cluster', 'in Swarm'] : ['in Swarm', 'in the cluster']
    const [place, target] = to === 'swarm' ? ['as the stack shop', 'to Docker again'] : ['in the namespace shop', 'to the cluster\'s pods']
    return Promise.resolve({
      steps: [
        { name: 'make', message: `Make all that the app is ${place}, at rest: nothing starts yet.`, undo: '', pause: false },
        { name: 'startStateless', message: `Start web ${there}, and wait until they are ready. The old ones serve.`, undo: '', pause: false },
        { name: 'stopData', message: `Stop db ${here}, and wait until nobody uses the volumes any more.`, undo: '', pause: true },
        { name: 'startData', message: `Start db ${there} on the same volumes, on the same servers, and wait until they are ready.`, undo: '', pause: true },
        { name: 'switchTraffic', message: `Lead new connections on the published ports ${target}, on every server at once. Open ones go on.`, undo: '', pause: false },
        { name: 'stopOld', message: `Stop web ${here}. They are kept at rest.`, undo: '', pause: false },
      ],
      parts: [{ name: 'web', replicas: 2, data: false }, { name: 'db', replicas: 1, data: true }],
      report: [
        { field: 'services.web.image', verdict: 'same', message: '' }, { field: 'services.db.image', verdict: 'same', message: '' },
        { field: 'services.web.ports[0].mode', verdict: 'changed', message: 'Every server answers on the port, not only those where the app runs; at the servers\' own addresses, not at localhost.' },
        { field: 'services.web.logging.driver', verdict: 'lost', message: 'Logs are kept by the cluster, with limits of its own.' },
      ],
      ports: [{ port: 8080, protocol: 'tcp', part: 'web', before: 'Docker, on each server where a task runs.', meanwhile: 'Docker keeps it until the new pods are ready; then the servers\' rules lead new connections to them, at once, and open ones go on.', after: 'The cluster, on every server, at its own addresses (not at localhost).' }],
      volumes: [{ name: 'shop_data', server: 'web-1', part: 'db', becomes: 'A claim of shop, on the same server.', bytes: 48_200_000 }],
      problems: [{ severity: 'warning', message: 'What the secrets password hold is read from a running task, by the cat of its image: Docker tells it nobody else. It is kept in the cluster\'s Secrets, encrypted.' }],
      stopSeconds: 10,
    })
  }

  async * run(): Stream<MoveProgress> {
    for (const [at, step] of (['make', 'startStateless', 'stopData', 'startData'] as const).entries()) {
      yield await Promise.resolve({ phase: 'moving', step, at, of: 6, message: at === 3 ? 'The pods of db are not ready yet. "db" runs, but its readiness probe has not passed yet, so it gets no traffic.' : '' })
    }
    await new Promise(() => undefined)
  }

  goOn(id: string): Stream<MoveProgress> {
    return this.#none(id)
  }

  takeBack(id: string): Stream<MoveProgress> {
    return this.#none(id)
  }

  finish(id: string): Promise<void> {
    return Promise.reject(none(id))
  }

  async * #none(id: string): Stream<MoveProgress> {
    await Promise.resolve()
    throw none(id)
  }
}

function none(id: string): StatusError {
  return new StatusError('NotFound', `There is no move of ${id}.`)
}
