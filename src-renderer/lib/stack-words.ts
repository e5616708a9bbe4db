import type { StackStep } from '../../src-main/common/contract/index.ts'
import { m } from '../paraglide/messages.js'

const KINDS: Record<StackStep['kind'], () => string> = { network: m.kind_network, secret: m.kind_secret, config: m.kind_config, service: m.kind_service }

/** One step of a change of stacks, in the screens' language. */
export function stepWords({ do: what, kind, name }: StackStep): string {
  const words = { kind: KINDS[kind](), name }
  switch (what) {
    case 'create': return m.step_create(words)
    case 'update': return m.step_update(words)
    case 'label': return m.step_label(words)
    case 'remove': return m.step_remove(words)
    case 'wait': return m.step_wait({ name })
  }
}

/** What a secret or a config is called. */
export function fileKindWords(kind: 'secret' | 'config'): string {
  return kind === 'secret' ? m.secret() : m.config()
}
