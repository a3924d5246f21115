import type { FlashGeometry } from '../../terminal/device/flash.ts'
import type { Step } from './flash-model.ts'

/** Small enough that a short run reclaims sectors and goes around the ring. */
export const SMALL: FlashGeometry = { sectorBytes: 1024, sectorCount: 7, unitBytes: 4 }

/** A morning at the till: sales, declines, reversals, slips, settings, enquiries, and batches that close. */
export const MORNING: readonly Step[] = [
  { do: 'set', key: 1, bytes: 30, fill: 1 },
  { do: 'adoptBatch' },
  { do: 'burn' },
  ...day(3),
  { do: 'closeBatch' },
  { do: 'set', key: 1, bytes: 28, fill: 2 },
  ...day(2),
  { do: 'open', kind: 2, bytes: 33 },
  ...churn(12),
  { do: 'burn' },
  { do: 'open', kind: 3, bytes: 120 },
  { do: 'undo', bytes: 12 },
  { do: 'set', key: 2, bytes: 0, fill: 3 },
  ...churn(10),
  { do: 'undo', bytes: 0 },
  ...day(2),
  { do: 'closeBatch' },
  ...day(3),
  ...churn(12),
  { do: 'closeBatch' },
  { do: 'set', key: 1, bytes: 31, fill: 4 },
  ...day(2),
]

/** 结算 at the till: a batch that fills most of the chip, frozen, its progress noted often, closed and scrubbed. Next day. */
export const EVENING: readonly Step[] = [
  { do: 'set', key: 1, bytes: 30, fill: 1 },
  ...day(8),
  { do: 'open', kind: 2, bytes: 70, card: true },
  { do: 'freeze' },
  { do: 'burn' },
  { do: 'undo', bytes: 12 },
  ...progress(30),
  { do: 'closeBatch' },
  { do: 'scrub' },
  { do: 'adoptBatch' },
  ...day(4),
  { do: 'freeze' },
  ...progress(5),
  { do: 'closeBatch' },
  { do: 'open', kind: 2, bytes: 70, card: true },
  { do: 'scrub' },
  { do: 'approve', bytes: 40 },
  { do: 'set', key: 2, bytes: 9, fill: 2 },
  ...day(1),
  { do: 'freeze' },
  { do: 'closeBatch' },
  { do: 'freeze' },
  { do: 'scrub' },
  { do: 'closeBatch' },
  { do: 'scrub' },
]

function progress(times: number): Step[] {
  return Array.from({ length: times }, (_, i) => ({ do: 'set', key: 3, bytes: 60 - (i % 3), fill: i }))
}

/** Long settings that replace each other: the log moves on and reclaims what lies in its way. */
function churn(times: number): Step[] {
  return Array.from({ length: times }, (_, i) => ({ do: 'set', key: 0, bytes: 80 + i, fill: i }))
}

function day(sales: number): Step[] {
  const steps: Step[] = []
  for (let i = 0; i < sales; i++) {
    steps.push(
      { do: 'open', kind: 1, bytes: 90, card: true },
      { do: i % 3 === 1 ? 'decline' : 'approve', bytes: 60 - i },
      { do: 'print', back: 0, copies: 1 },
      { do: 'print', back: i, copies: 2 },
    )
    if (i === 1) steps.push({ do: 'set', key: 3, bytes: 8, fill: i })
  }
  return steps
}
