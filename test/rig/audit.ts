import type { Machine } from '../../emulator/machine.ts'
import { asBatchNumber } from '../../host-link/wire/values.ts'
import type { Entry, Journal } from '../../terminal/journal/journal.ts'
import { openJournal } from '../../terminal/journal/log.ts'
import { messageOf, opened } from './frames.ts'
import {
  intentIsDurable,
  makeTraceWatch,
  nothingOlderOwed,
  printedIsDurable,
  sentOf,
  shownIsDurable,
  spaceIsReserved,
} from './invariants/moment.ts'
import {
  durableIsKept,
  entriesIn,
  owedIsWhatIsOpen,
  recoveryIsRepeatable,
  rotIsReported,
  type Seen,
  seenIn,
  startOf,
} from './invariants/restart.ts'
import { keyOf } from './invariants/row-of.ts'
import type { Passing } from './network.ts'
import { MASTER_KEY, makeTill, type Till, type TillOptions } from './till.ts'

/**
 * A till with an auditor who looks over the operator's shoulder at every instant: reads the flash chip itself, not the
 * application, when something is shown, printed or sent, and before every start (`invariants/`).
 */
export interface AuditedTill extends Till {
  /** What was wrong at the instant it happened; empty at the end of every good run. */
  readonly violations: string[]
  /** The entries of each batch as the chip had them when its settlement was first asked for. */
  readonly archive: ReadonlyMap<number, readonly Entry[]>
  /** Settlements asked for again after their batch had changed: never. */
  readonly refrozen: readonly string[]
  /** `terminal/batch/trace answer`, `… 0410`, `… inquiry`: answers of the host that entered the network. */
  readonly answered: ReadonlySet<string>
  /** Field 4 of every request. */
  readonly amountsSent: readonly string[]
  readonly startedMs: number
  /** How often it was switched on. */
  starts(): number
}

const TITLE =
  /^(签购单|SALES SLIP|故障报告单|FAULT REPORT|上送拒绝通知单|ADVICE DECLINED|结算总计单|SETTLEMENT|交易汇总|TOTALS|交易明细|DETAIL)$/
const VOUCHER = /(?:凭证号|VOUCHER NO\.): *(\d{6})/

export function makeAuditedTill(options: TillOptions = {}): AuditedTill {
  const violations: string[] = []
  const archive = new Map<number, readonly Entry[]>()
  const refrozen: string[] = []
  const answered = new Set<string>()
  const amountsSent: string[] = []
  const inquiries = new Map<string, string>()
  const tracesRise = makeTraceWatch()
  let title = ''
  let starts = 0
  let seen: { readonly entries: Seen; readonly batch: number } = { entries: new Map(), batch: 0 }
  let journal: () => Journal = () => {
    throw new Error('not yet')
  }
  const look = (): Journal => {
    const book = journal()
    seen = { entries: seenIn(book), batch: book.batch() }
    return book
  }

  function freeze(batch: number, book: Journal): void {
    const entries = entriesIn(book)
    const before = archive.get(batch)
    if (before !== undefined && statesIn(before) !== statesIn(entries))
      refrozen.push(`batch ${batch} was ${statesIn(before)} and is ${statesIn(entries)}`)
    archive.set(batch, entries)
  }

  function frame({ direction, body }: Passing): void {
    const { message } = opened(body)
    const terminal = String(message.fields[41] ?? '')
    const { batch, trace } = keyOf(message)
    const key = `${terminal}/${batch}/${trace}`
    if (direction === 'toTerminal') {
      answered.add(message.mti === '0410' ? `${key} 0410` : `${key} answer`)
      const asked = inquiries.get(key)
      if (asked !== undefined) answered.add(`${asked} inquiry`)
      return
    }
    const book = look()
    const sent = sentOf(message, book, till.copyOfChip)
    if (sent === undefined) {
      violations.push(`11: ${message.mti} ${message.fields[3]} is no message of ours`)
      return
    }
    violations.push(
      ...tracesRise(sent),
      ...intentIsDurable(sent),
      ...nothingOlderOwed(sent),
      ...spaceIsReserved(sent),
    )
    if (message.fields[4] !== undefined) amountsSent.push(String(message.fields[4]))
    if (sent.row.name === 'settlement') freeze(batch, book)
    const named = /^(\d{6})(\d{6})/.exec(String(message.fields[61] ?? ''))
    if (sent.row.name === 'statusInquiry' && named)
      inquiries.set(key, `${terminal}/${Number(named[1])}/${Number(named[2])}`)
  }

  const till = makeTill({
    ...options,
    watch: {
      frame,
      screen(text) {
        if (SETTLED.test(text)) violations.push(...shownIsDurable(text, look()))
      },
      paper({ text }) {
        if (TITLE.test(text.trim())) title = text.trim()
        if (title !== '签购单' && title !== 'SALES SLIP') return // a fault report names what is owed
        const trace = VOUCHER.exec(text)?.[1]
        if (trace === undefined || /^(原|ORIG)/.test(text.trim())) return
        violations.push(...printedIsDurable(Number(trace), look()))
      },
    },
  })
  journal = () => journalOf(till)
  const powerOn = (): void => {
    if (till.machine.state === 'off') {
      const start = startOf(till.copyOfChip, seen.entries, seen.batch)
      for (const check of [owedIsWhatIsOpen, recoveryIsRepeatable, durableIsKept, rotIsReported])
        violations.push(...check(start))
      starts++
    }
    till.machine.powerOn()
  }
  const machine: Machine = Object.create(till.machine, { powerOn: { value: powerOn } })
  const startedMs = till.time.wallMs()
  return {
    ...till,
    ...{ machine, violations, archive, refrozen, answered, amountsSent, startedMs },
    starts: () => starts,
  }
}

const SETTLED = /交易成功|APPROVED|已记账,待上送|BOOKED, TO SEND/

function statesIn(entries: readonly Entry[]): string {
  return entries.map(({ trace, state }) => `${trace} ${state}`).join(', ')
}

/** The journal as an independent reader finds it on a copy of the chip. */
export function journalOf(till: Till): Journal {
  const result = openJournal(till.copyOfChip(), asBatchNumber(1))
  if (result.kind === 'halt') throw new Error(`journal halts: ${result.label}, ${result.why}`)
  return result.journal
}

export function entriesOf(till: Till): Entry[] {
  const entries: Entry[] = []
  journalOf(till).each((entry) => {
    entries.push(entry)
    return true
  })
  return entries
}

/** `2 approved` and so on, oldest first. */
export function statesOf(till: Till): string[] {
  return entriesOf(till).map(({ trace, state }) => `${trace} ${state}`)
}

/** Everything is good again: power, paper, line; time passes until nothing is owed and somebody could sell. */
export async function heal(till: Till): Promise<void> {
  till.network.fate = () => ({ kind: 'deliver' })
  till.network.refuses = false
  till.chip.failures([])
  till.chip.cut(undefined)
  till.machine.powerOff()
  till.machine.operator.paperIn()
  till.machine.operator.cable(true)
  till.machine.powerOn()
  await converge(till)
}

/** Lets time pass, without any other help, until nothing is owed and the idle screen stands. */
export async function converge(till: Till): Promise<void> {
  for (let minute = 0; minute < 120; minute++) {
    await till.toIdle()
    const journal = journalOf(till)
    if (journal.owed().length === 0 && journal.doubtful().length === 0) return
    await till.time.advance(60_000)
  }
  throw new Error(`still owed after two hours: ${statesOf(till).join(', ')}\n${till.screen()}`)
}

/** Books that differ: for every entry approved at the terminal ⇔ the host's net is what was sold. Empty: they agree. */
export async function differences(till: Till): Promise<string[]> {
  const wrong: string[] = []
  let sum = 0
  for (const { trace, batch, state } of entriesOf(till)) {
    const net = await till.net(trace, batch)
    sum += net
    if (net !== (state === 'approved' ? -amountSent(till, batch, trace) : 0))
      wrong.push(`${batch}/${trace}: ${state}, host net ${net}`)
  }
  let moved = 0
  for (const card of till.cards) moved += (await till.balance(card.name)) - card.balanceFen
  if (moved !== sum) wrong.push(`cards moved by ${moved}, the journal's entries by ${sum}`)
  return wrong
}

/** Field 4 of the sale of this key as it went over the line. */
function amountSent(till: Till, batch: number, trace: number): number {
  for (const { body } of till.network.passed) {
    const { mti, fields } = messageOf(body) ?? {}
    if (mti !== '0200' || fields?.[3] !== '000000') continue
    if (Number(fields[11]) === trace && Number(String(fields[60]).slice(2, 8)) === batch)
      return Number(fields[4])
  }
  return Number.NaN
}

/** Copies on paper, in order: `商户 2`, `持卡人 2 again` where it says DUPLICATE; cut-off ones end in `torn`. */
export function slipsOf(till: Till): string[] {
  const slips: string[] = []
  let lines: string[] = []
  const end = (): void => {
    if (lines.length > 0) slips.push(nameOf(lines))
    lines = []
  }
  for (const { text } of till.paper) {
    if (/^(签购单|SALES SLIP)$/.test(text.trim())) end()
    if (lines.length > 0 || /^(签购单|SALES SLIP)$/.test(text.trim())) lines.push(text)
  }
  end()
  return slips
}

function nameOf(lines: readonly string[]): string {
  const slip = lines.join('\n')
  const copy = /商户存根|MERCHANT COPY/.test(slip)
    ? '商户'
    : /持卡人存根|CARDHOLDER COPY/.test(slip)
      ? '持卡人'
      : '?'
  const trace = VOUCHER.exec(slip)?.[1]
  const parts = [copy, trace === undefined ? '?' : String(Number(trace))]
  if (/DUPLICATE/.test(slip)) parts.push('again')
  if (!/RMB/.test(slip)) parts.push('torn')
  return parts.join(' ')
}

/** Secrets in what people can read: a full PAN, a PIN that stands alone, track data, the master key. */
export function leaks(till: Till): string[] {
  const read = [...till.screens, ...till.paper.map(({ text }) => text), ...till.stops]
  const whole = read.join('\n')
  const paper = till.paper.map(({ text }) => text).join('')
  const found: string[] = []
  for (const { name, pan, pin, track2 } of till.cards) {
    for (const text of [whole, paper, whole.replace(/[ -]/g, '')])
      if (text.includes(pan) || text.includes(track2.slice(-16))) found.push(`card of ${name}`)
    if (pin !== undefined && new RegExp(`(?<!\\d)${pin}(?!\\d)`).test(whole)) found.push(`PIN of ${name}`)
  }
  if (whole.toUpperCase().includes(MASTER_KEY)) found.push('master key')
  return found
}
