import { macInput } from '../../host-link/wire/dialect.ts'
import { type Message, WireError } from '../../host-link/wire/message.ts'
import { field60, operator63, parseField60, signOnSerial } from '../../host-link/wire/subfields.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { asBatchNumber } from '../../host-link/wire/values.ts'
import type { LoadProof, LoadResult } from '../device/secure.ts'
import type { Pos } from '../pos.ts'
import { exchange, textOf } from './exchange.ts'
import type { Line } from './line.ts'
import { yearOf } from './outcome.ts'
import { rejectedAtStart } from './rejected.ts'
import { macAlgorithm, requestOf } from './request.ts'

/** Setting: the day (YYYYMMDD) and the dialect of the working keys in use; absent in a terminal that never signed on. */
export const SETTING_SIGNED_ON = 1
/** 入网许可证号: this terminal has none; the element wants four characters. */
const NO_LICENCE = '0000'

export type SignOnResult =
  | { readonly kind: 'signedOn' | 'noAnswer' | 'storageFault' }
  | { readonly kind: 'declined'; readonly code: string }
  | { readonly kind: 'keys'; readonly why: Exclude<LoadResult['kind'], 'loaded'> }

/**
 * 签到: fresh working keys under the master key, the host's time, the host's batch number. The answer is proved by the
 * keys in it: nobody without the master key can make their check values.
 */
export async function signOn(pos: Pos, line: Line): Promise<SignOnResult> {
  const { journal, setup, profile } = pos
  const trace = journal.nextTrace()
  if (journal.burnTrace() !== 'written') return { kind: 'storageFault' }
  const serial = pos.device.info.identity().serial
  const request = requestOf(
    pos,
    transactions.signOn,
    { trace, batch: journal.batch() },
    {
      62: signOnSerial(NO_LICENCE, serial),
      // 000000: this terminal knows no batch, it is new or was erased; the host gives one in which no trace was used.
      ...(journal.setting(SETTING_SIGNED_ON) === undefined && {
        60: field60({ type: '00', batch: '000000', network: profile.signOn }),
      }),
      63: operator63(String(pos.session.operator ?? 1).padStart(2, '0')),
    },
  )
  const answer = await exchange(pos, line, request, { authenticated: false, cancellable: true })
  if (answer.kind === 'unknown') return { kind: 'noAnswer' }
  if (answer.code !== '00') return { kind: 'declined', code: answer.code }

  const block = answer.message.fields[62]
  if (!(block instanceof Uint8Array)) return { kind: 'keys', why: 'wrongLength' }
  const proof = proofOf(pos, answer.message)
  if (setup.dialect === 'cbor' && proof === undefined) return { kind: 'keys', why: 'wrongProof' }
  const loaded = pos.device.secure.loadWorkingKeys(setup.keySlot, profile.signOn, block, proof)
  if (loaded.kind !== 'loaded') return { kind: 'keys', why: loaded.kind }
  const today = takeHostTime(pos, answer.message)
  takeHostBatch(pos, answer.message)
  pos.session.signedOn = true
  journal.set(SETTING_SIGNED_ON, bytesOf(today + setup.dialect))
  return { kind: 'signedOn' }
}

/**
 * Field 64 of the answer in our own dialect, which the MAC key in its own block must make: so this block belongs to this
 * answer, and no older one can be put into it (K05). UnionPay signs no sign-on.
 */
function proofOf(pos: Pos, message: Message): LoadProof | undefined {
  const mac = message.fields[64]
  if (pos.setup.dialect !== 'cbor' || !(mac instanceof Uint8Array)) return undefined
  return { algorithm: macAlgorithm(pos), bytes: macInput(message, 'cbor'), mac }
}

/** Whether the working keys in the secure element are those of a sign-on of today. */
export function signedOnToday(pos: Pos): boolean {
  const { macKey, pinKey } = pos.device.secure.slot(pos.setup.keySlot)
  const day = pos.journal.setting(SETTING_SIGNED_ON)
  return (
    macKey !== undefined &&
    pinKey !== undefined &&
    day !== undefined &&
    String.fromCharCode(...day) === todayOf(pos) + pos.setup.dialect // the dialects want different MAC keys
  )
}

/** Sets the clock to the host's time (P12) and gives the day. */
function takeHostTime(pos: Pos, answer: Message): string {
  const time = textOf(answer.fields[12])
  const date = textOf(answer.fields[13])
  const part = (digits: string, at: number) => Number(digits.slice(at, at + 2))
  const now = {
    month: part(date, 0),
    day: part(date, 2),
    hour: part(time, 0),
    minute: part(time, 2),
    second: part(time, 4),
  }
  const possible = now.month >= 1 && now.month <= 12 && now.day >= 1 && now.day <= 31 && now.hour < 24
  if (time.length === 6 && date.length === 4 && possible && now.minute < 60 && now.second < 60)
    pos.device.clock.set({ year: yearOf(pos, now.month) || pos.device.clock.now().year, ...now })
  return todayOf(pos)
}

/**
 * A batch number that the host gives while ours holds anything to settle is not taken: the old one is settled first (L17).
 * A batch in which all was declined or reversed holds nothing and gives way.
 */
function takeHostBatch(pos: Pos, answer: Message): void {
  const { journal } = pos
  try {
    const given = Number(parseField60(textOf(answer.fields[60])).batch)
    if (given === 0 || given === journal.batch()) return
    const batch = asBatchNumber(given)
    // While a settlement is under way the batch ends by it and nothing else, an empty one too (L19).
    const settled = holdsNothing(pos) && !journal.frozen()
    if (journal.adoptBatch(batch) !== 'written' && settled) journal.closeBatch(batch)
    journal.scrub() // the card numbers of a batch that gave way; nothing where none was closed
  } catch (error) {
    if (!(error instanceof WireError || error instanceof RangeError)) throw error
  }
}

/**
 * Whether the batch may end without being settled: nothing in it was approved, is owed or in doubt, and nobody is still
 * to be told that the host declined an advice of it, which would be forgotten with the batch (F04).
 */
export function holdsNothing(pos: Pos): boolean {
  const { journal, session } = pos
  const owed = journal.owed().length + journal.doubtful().length
  const untold = session.rejected.length + rejectedAtStart(journal).length
  return journal.last() === undefined && owed === 0 && untold === 0
}

/** L15: the host has closed this batch, and there is something in it: it is settled before anything else enters it. */
export function batchIsRefused(pos: Pos): boolean {
  return pos.session.batchRefused === pos.journal.batch() && !holdsNothing(pos)
}

function todayOf(pos: Pos): string {
  const { year, month, day } = pos.device.clock.now()
  return String(year * 10_000 + month * 100 + day)
}
function bytesOf(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0))
}
