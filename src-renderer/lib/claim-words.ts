import type { ClaimCopy, ClaimState, ClaimSummary, TransferProgress } from '../../src-main/common/contract/index.ts'
import type { ServerLossPolicy } from '../../src-main/common/kube/claim-data.ts'
import type { CopyTarget, VolumeHold } from '../../src-main/common/kube/volume-copies.ts'
import { targetText } from '../../src-main/common/kube/volume-copies.ts'
import { m } from '../paraglide/messages.js'
import type { CopyProblem } from './copy-form.ts'

/** Where a claim stands, in a few words. */
export function claimStateWords({ state, onServerLoss, lastBackup }: Pick<ClaimSummary, 'state' | 'onServerLoss' | 'lastBackup'>): string {
  if (state === 'server-lost') {
    if (onServerLoss === 'restore') return lastBackup === undefined ? m.claim_lost_no_copy() : m.claim_lost_restores()
    return onServerLoss === 'ask' ? m.claim_lost_asks() : m.claim_lost_waits()
  }
  const words: Record<Exclude<ClaimState, 'server-lost'>, () => string> = { bound: m.claim_bound, waits: m.claim_waits, pending: m.claim_pending, busy: m.claim_busy, lost: m.claim_gone_volume, ending: m.state_terminating }
  return words[state]()
}

/** What becomes of a claim's pods on a loss. */
export function policyWords(policy: ServerLossPolicy): { title: string; text: string } {
  switch (policy) {
    case 'wait': return { title: m.loss_wait(), text: m.loss_wait_text() }
    case 'ask': return { title: m.loss_ask(), text: m.loss_ask_text() }
    case 'restore': return { title: m.loss_restore(), text: m.loss_restore_text() }
  }
}

/** Where a copy is kept. */
export function whereWords(where: CopyTarget): string {
  if (where.folder !== undefined) return where.folder.path
  if (where.server !== undefined) return m.copy_on_server({ name: where.server.name })
  return where.s3 === undefined ? '–' : targetText(where)
}

/** Where a copy stands. */
export function copyStateWords(state: ClaimCopy['state']): string {
  const words: Record<ClaimCopy['state'], () => string> = { waiting: m.copy_waiting, running: m.copy_running, good: m.copy_good, failed: m.copy_failed, ending: m.state_terminating }
  return words[state]()
}

/** How a volume is kept whole while it is copied. */
export function holdWords(hold: VolumeHold): { title: string; text: string } {
  switch (hold) {
    case 'Freeze': return { title: m.hold_freeze(), text: m.hold_freeze_text() }
    case 'Stop': return { title: m.hold_stop(), text: m.hold_stop_text() }
    case 'None': return { title: m.hold_none(), text: m.hold_none_text() }
  }
}

/** What a move or restore does at the moment. */
export function phaseWords(phase: TransferProgress['phase']): string {
  const words: Record<TransferProgress['phase'], () => string> = { keeping: m.transfer_keeping, stopping: m.transfer_stopping, holding: m.transfer_holding, copying: m.transfer_copying, comparing: m.transfer_comparing, starting: m.transfer_starting, done: m.transfer_done }
  return words[phase]()
}

/** What is wrong with a field of a form about copies, and what would be right. */
export function copyProblemWords(problem: CopyProblem | undefined): string | undefined {
  const words: Record<CopyProblem, () => string> = {
    folder_missing: m.copy_folder_missing, folder_whole: m.copy_folder_whole, server_missing: m.copy_server_missing, endpoint_form: m.copy_endpoint_form, bucket_form: m.copy_bucket_form, secret_missing: m.copy_secret_missing,
    name_form: m.copy_name_form, time_form: m.copy_time_form, cron_form: m.copy_cron_form, cron_never: m.cron_never, zone_form: m.copy_zone_form, count_form: m.copy_count_form,
  }
  return problem === undefined ? undefined : words[problem]()
}
