import type { Finding } from '../../src-main/common/contract/index.ts'
import { m } from '../paraglide/messages.js'
import { swarmSentence } from './swarm-reasons.ts'

/** What is wrong and what to do, in the screens' language where there are words for it; else as the doctor said it. Pure. */
export function findingWords({ why, fix, about }: Finding): { message: string; fix: string } {
  if (why.reason !== 'NoIpvs') return { message: swarmSentence(why), fix }
  const named = (kind: string): string => about.filter((ref) => ref.kind === kind).map(({ name }) => name).join(', ')
  const [servers, services] = [named('Node'), named('Service')]
  return { message: services === '' ? m.doctor_ipvs({ servers }) : m.doctor_ipvs_used({ servers, services }), fix: m.doctor_ipvs_fix() }
}
