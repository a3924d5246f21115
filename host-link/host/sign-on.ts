import { kindAlgorithm, type WorkingKeyKind } from '../../keys/working-keys.ts'
import { WireError } from '../wire/message.ts'
import { field60, parseSignOnSerial } from '../wire/subfields.ts'
import { answerTo, type Reply } from './answer.ts'
import { type Context, type Decision, refused } from './context.ts'
import { makBytesFor } from './key-ring.ts'
import { NO_TOTALS } from './ledger.ts'
import { bytes, parts60, sixDigitNumber, text } from './request.ts'
import type { Books, Posting } from './store.ts'

// biome-ignore format: one row a reason
const REFUSALS = {
  unknown:  '97', // 终端未登记: without its master key it is not
  kind:     '12',
  noMaster: '96',
  random:   '96',
} as const

/** From the weakest; those of one cipher can take each other's place. */
const KINDS = ['001', '003', '004', '006'] as const

/**
 * 签到 sign-on: fresh working keys under the terminal's TMK (field 62), the batch number (60.2), the host's time.
 * Nothing authenticates the request (UnionPay signs no 08xx), so it may do no harm: the keys that the terminal
 * uses stay good until its first message under the new ones (rule P13), and the batch moves only as below.
 *
 * Kinds (60.3) weaker than the profile's or of another cipher are refused, 12: nobody on the line may talk the two of us
 * down.
 */
export function signOn(context: Context): Decision {
  const { office, terminal, request, fields, at, held, books } = context
  if (text(fields, 42) !== terminal.merchantId) return refused(context, '03')
  if (!isOwnSerial(context)) {
    office.bell.ring('foreignSerial')
    return refused(context, '97')
  }
  const before = held.answeredBefore(request)
  if (before) return { result: before }
  const { network, batch: batchText } = parts60(fields)
  const kind = KINDS.find((known) => known === network)
  if (!kind || !isEnough(kind, terminal.profile.signOn)) return refused(context, '12')
  const mac = terminal.profile.mac[request.dialect]
  if (!makBytesFor(mac, kind)) return refused(context, '12') // its key block has no room for such a MAK

  const batch = batchFor(books, terminal.terminalId, sixDigitNumber(batchText))
  const more = signOnFields(context, batch.number, kind)
  const renewed = held.renew(kind, office.random, mac) // after all reads: a run that ends at one makes no keys
  if (renewed.kind !== 'ok') return refused(context, REFUSALS[renewed.why])
  const unproved = answerTo(request, '00', at, office.institutions, { ...more, 62: renewed.block })
  const answer = isProved(context) ? held.signed(unproved, 'cbor', renewed.version) : unproved
  const session = held.session({ operator: operatorOf(context), signedOn: true, at }, { request, answer })
  const posting: Posting = { ...(session && { session }), ...(batch.turn && { batch: batch.turn }) }
  return { posting, result: { ...unsigned(answer), requirement: wantedOf(context) } }
}

/** What the acquirer wants of a terminal that has signed on: nothing, or that it downloads its parameters. */
function wantedOf({ office: { acquirer } }: Context): Reply['requirement'] {
  if (acquirer.askDownload === undefined) return '0'
  return acquirer.askDownload === '360' ? '1' : '6'
}

function isEnough(kind: WorkingKeyKind, wanted: WorkingKeyKind): boolean {
  return kindAlgorithm(kind) === kindAlgorithm(wanted) && KINDS.indexOf(kind) >= KINDS.indexOf(wanted)
}

function signOnFields({ fields, at, books }: Context, batch: number, network: WorkingKeyKind) {
  return {
    37: at.date.slice(4) + String(books.nextSequence() % 100_000_000).padStart(8, '0'),
    60: field60({ type: '00', batch: String(batch).padStart(6, '0'), network }),
    ...(text(fields, 63) !== undefined && { 63: text(fields, 63) ?? '' }),
  }
}

/**
 * Whether the answer is signed. Whoever asks may be anybody, and chose some of it: so only by a MAC that no chosen message
 * helps to forge, and once for each MAK.
 */
function isProved({ request, terminal }: Context): boolean {
  return request.dialect === 'cbor' && terminal.profile.mac.cbor === 'cmac'
}

/**
 * Not signed under the keys of the request. UnionPay signs no sign-on answer: its key block is checked by check values
 * under the TMK, which an older answer has right too. In our own dialect the MAC under the new MAK shows that the block
 * belongs to this very answer: to its trace, its time and its terminal (row K05).
 */
function unsigned(answer: Reply['answer']): Reply {
  return { answer, keyVersion: undefined, requirement: '0' }
}

/**
 * Which batch the terminal goes on with. Ours is the one that counts, but for these: an unused one gives way to a later
 * number of the terminal's (this host is new, or was restored); one in which a trace came twice with other content is
 * left behind, for the terminal has lost its memory and would count through used traces; and 000000 says that the
 * terminal is new or was erased, so it gets a batch without traces. A sign-on is not authenticated, so what it left
 * behind a signed request of the terminal brings back (`named`).
 */
export function batchFor(
  books: Books,
  terminalId: string,
  asked: number,
): { readonly number: number; readonly turn?: NonNullable<Posting['batch']> } {
  const open = books.openBatch(terminalId)
  const first = Math.max(asked, 1)
  if (!open) return { number: first, turn: { terminalId, open: first } }
  const totals = books.totals(terminalId, open.number)
  const end = { number: open.number, state: 'left', totals } as const
  if (open.conflict) {
    const next = nextBatch(books, terminalId, Math.max(open.number, asked))
    return { number: next, turn: { terminalId, ends: [end], open: next } }
  }
  if (asked === 0 && books.hasEntries(terminalId, open.number)) {
    const next = nextBatch(books, terminalId, open.number)
    return { number: next, turn: { terminalId, ends: [end], open: next } }
  }
  if (asked > open.number && mayOpen(books, terminalId, asked) && !books.hasSales(terminalId, open.number))
    return { number: asked, turn: { terminalId, ends: [end], open: asked } }
  return { number: open.number }
}

/**
 * The batch that a signed request names, as the one that is open, or the turn that makes it so: while nothing was booked
 * under ours, the terminal's word counts, unless that batch is settled (rule P10) or met a conflict.
 */
export function named(
  books: Books,
  terminalId: string,
  batch: number,
):
  | { readonly kind: 'open' | 'refused' }
  | { readonly kind: 'turn'; readonly turn: NonNullable<Posting['batch']> } {
  const open = books.openBatch(terminalId)
  if (open?.number === batch) return { kind: 'open' }
  const usable = mayOpen(books, terminalId, batch)
  if (!open || !usable || books.hasEntries(terminalId, open.number)) return { kind: 'refused' }
  const end = { number: open.number, state: 'left', totals: NO_TOTALS } as const
  return { kind: 'turn', turn: { terminalId, ends: [end], open: batch } }
}

/** A batch that is settled stays settled (rule P10), and one that met a conflict stays left. */
export function mayOpen(books: Books, terminalId: string, batch: number): boolean {
  const known = books.batch(terminalId, batch)
  return known === undefined || (known.state === 'left' && !known.conflict)
}

const BATCH_MAX = 999_999

/**
 * The next number under which nothing was booked, 000001 after 999999. What is settled, or met a conflict, has entries;
 * batches that only unsigned sign-ons opened have none, so nobody on the line can use the numbers up.
 */
export function nextBatch(books: Books, terminalId: string, number: number): number {
  for (let step = 0; step < BATCH_MAX; step++) {
    const next = ((number + step) % BATCH_MAX) + 1
    if (!books.hasEntries(terminalId, next)) return next
  }
  throw new Error(`terminal ${terminalId}: every batch number is used`)
}

/** Field 62 `Sequence No`: where it names a serial, it is the one of the device that was provisioned. */
function isOwnSerial({ terminal, fields }: Context): boolean {
  const field = bytes(fields, 62)
  if (!field) return true
  try {
    return parseSignOnSerial(field).serial === terminal.serial
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

/**
 * 签退 sign-off: noted in the books. It is not authenticated, so it takes no keys away: anyone on the line could
 * silence a terminal with it.
 */
export function signOff(context: Context): Decision {
  const { terminal, request, fields, at, held, office, books } = context
  if (text(fields, 42) !== terminal.merchantId) return refused(context, '03')
  const answer = answerTo(request, '00', at, office.institutions, operatorFields(context))
  const known = books.session(terminal.terminalId)
  if (!known) return { result: unsigned(answer) }
  const session = held.session({ operator: operatorOf(context), signedOn: false, at })
  return { posting: { ...(session && { session }) }, result: unsigned(answer) }
}

/** 回响测试 echo test: the line and this host work. */
export function echo(context: Context): Decision {
  const { terminal, request, fields, at, office } = context
  if (text(fields, 42) !== terminal.merchantId) return refused(context, '03')
  return { result: unsigned(answerTo(request, '00', at, office.institutions, operatorFields(context))) }
}

function operatorFields({ fields }: Context): { readonly 63?: string } {
  const operator = text(fields, 63)
  return operator === undefined ? {} : { 63: operator }
}

/** Field 63.1: two or three digits. */
function operatorOf({ fields }: Context): string {
  return (text(fields, 63) ?? '').slice(0, 3).trim()
}
