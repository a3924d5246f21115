import type { Pos } from '../pos.ts'
import { type FixedSetting, fixedSetting, keepFixed } from './settle-setting.ts'

/** Setting: how far the settlement of the open batch is. Empty: nothing is known but that the batch may be frozen. */
export const SETTING_PROGRESS: FixedSetting = { key: 5, bytes: 24 }

/** The steps of a settlement after `freeze`, each durable before the next begins. The numbers are on flash. */
const phases = ['asking', 'uploading', 'ending', 'closing', 'printing'] as const
/**
 * `asking`: 0500 has no answer yet. `uploading`: it has, and records are to be sent. `ending`: all are there. `closing`:
 * the host closed the batch; only `closeBatch` and the slip are left. `printing`: paper has begun to come out.
 */
export type Phase = (typeof phases)[number]

export interface SettleProgress {
  readonly phase: Phase
  /** 对账应答: 1 平, 2 不平, 3 出错; 0 before it is known. */
  readonly answer: number
  /** Packed records that the host has acknowledged in this round, in the order in which they are sent. */
  readonly sent: number
  /** The same of those that go one by one, after them. */
  readonly alone: number
  /** How often all were uploaded again: the host found another number of records (95), or rot took one meanwhile. */
  readonly rounds: number
  /** Records that this round is of; `sent` and `alone` count into no other list. */
  readonly of: RecordCounts
}

/** How many records an upload sends in packets, and how many one by one. */
export interface RecordCounts {
  readonly packed: number
  readonly single: number
}

const FIRST: SettleProgress = {
  ...{ phase: 'asking', answer: 0, sent: 0, alone: 0, rounds: 0 },
  of: { packed: 0, single: 0 },
}

/** The progress of the open batch's settlement. What was kept of an earlier batch does not count. */
export function settleProgress(pos: Pos): SettleProgress {
  const kept = keptProgress(pos)
  return kept !== undefined && kept.batch === pos.journal.batch() ? kept : FIRST
}

/** Whether the slip of a batch that is closed is still to be printed: for the first time, or again after a cut while it was. */
export function slipPending(pos: Pos): 'first' | 'again' | 'no' {
  const kept = keptProgress(pos)
  if (kept === undefined || kept.batch === pos.journal.batch()) return 'no'
  return kept.phase === 'closing' ? 'first' : kept.phase === 'printing' ? 'again' : 'no'
}

/** Paper begins to come out: after a cut nobody can tell how much of it there is, and the next one says DUPLICATE. */
export function slipBegun(pos: Pos): void {
  const kept = keptProgress(pos)
  if (kept === undefined) return
  keepFixed(pos, SETTING_PROGRESS, valuesOf(kept.batch, { ...kept, phase: 'printing' }))
}

function keptProgress(pos: Pos): (SettleProgress & { readonly batch: number }) | undefined {
  const value = fixedSetting(pos, SETTING_PROGRESS)
  if (value === undefined) return undefined
  const numbers = value.map((part) => (typeof part === 'number' ? part : 0))
  const [batch = 0, phase = 0, answer = 0, sent = 0, rounds = 0, alone = 0, packed = 0, single = 0] = numbers
  return { batch, phase: phases[phase] ?? 'asking', answer, sent, alone, rounds, of: { packed, single } }
}

/** As it is on flash: the order is for good. */
function valuesOf(batch: number, { phase, answer, sent, alone, rounds, of }: SettleProgress): number[] {
  return [batch, phases.indexOf(phase), answer, sent, rounds, alone, of.packed, of.single]
}

/** Durable when true. */
export function saveProgress(pos: Pos, progress: SettleProgress): boolean {
  return keepFixed(pos, SETTING_PROGRESS, valuesOf(pos.journal.batch(), progress)) === 'written'
}

/** Nothing is under way: before a settlement begins, so that none finds what another left, and after its slip. */
export function clearProgress(pos: Pos): boolean {
  if (fixedSetting(pos, SETTING_PROGRESS) === undefined) return true
  return keepFixed(pos, SETTING_PROGRESS) === 'written'
}
