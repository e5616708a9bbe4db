import type { Container, EnvVar, PodSpec } from '../../common/kube/generated/core-v1.ts'
import { pullPolicyFor } from '../../common/kube/image-name.ts'
import { keepDollars } from '../conventions.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

const PULL: Record<string, string> = { always: 'Always', never: 'Never', missing: 'IfNotPresent', if_not_present: 'IfNotPresent' }

/** What runs in the container: image, command, environment, terminal. */
export function processOf({ service, note, name }: ServiceContext): Partial<Container> {
  note.same('image')
  for (const key of ['entrypoint', 'command'] as const) {
    if (service[key]?.length === 0) note.lost(key, `Kubernetes cannot say "no ${key}": the image's own is used. Make an image without one.`)
    else note.same(key)
  }
  note.same('working_dir')
  note.same('tty')
  note.same('stdin_open')
  const pull = service.pull_policy
  if (pull === 'if_not_present') note.changed('pull_policy', 'Written as IfNotPresent, which is what "missing" means too.')
  else if (pull !== undefined && PULL[pull] === pullPolicyFor(service.image ?? '')) note.changed('pull_policy', 'As it is by default for such an image.')
  else if (pull !== undefined && PULL[pull] !== undefined) note.same('pull_policy')
  else if (pull !== undefined) note.lost('pull_policy', 'Nodes pull always, never or when the image is missing: for another rhythm, deploy again with a new tag.')
  return defined({
    image: service.image ?? '', imagePullPolicy: PULL[pull ?? ''],
    command: service.entrypoint?.map(keepDollars), args: service.command?.map(keepDollars), workingDir: service.working_dir,
    env: environment(service.environment ?? {}, note.in('environment'), name), tty: service.tty, stdin: service.stdin_open,
  })
}

function environment(values: Readonly<Record<string, string | null>>, note: ServiceContext['note'], service: string): EnvVar[] {
  return Object.entries(values).flatMap(([name, value]): EnvVar[] => {
    if (value === null) note.lost([name], `Its value was to come from the shell of whoever deploys: write it here, or into a Secret of ${service}.`)
    else if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) note.lost([name], 'Kubernetes takes no such name for a variable: use letters, digits and underscores.')
    else {
      note.same(name)
      return [{ name, value: keepDollars(value) }]
    }
    return []
  })
}

/** Hooks at a container's start and end. */
export function lifecycleOf({ service, note }: ServiceContext): Partial<Container> & Pick<PodSpec, 'terminationGracePeriodSeconds'> {
  const hook = (key: 'post_start' | 'pre_stop'): { exec: { command: string[] } } | undefined => {
    const [first, ...others] = service[key] ?? []
    if (first === undefined) return undefined
    const why = 'A hook runs in the container as it is, and there is one of a kind: put it all into one command.'
    Object.keys(first).forEach((field) => field !== 'command' && note.lost([key, 0, field], why))
    others.forEach((_, i) => note.lost([key, i + 1], why))
    if (first.command.length === 0) return void note.lost([key, 0, 'command'], 'An empty command does nothing.')
    note.same(key, 0, 'command')
    return { exec: { command: first.command } }
  }
  const lifecycle = defined({ postStart: hook('post_start'), preStop: hook('pre_stop') })
  return Object.keys(lifecycle).length > 0 ? { lifecycle } : {}
}
