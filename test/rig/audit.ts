import { asBatchNumber, asTrace } from '../../host-link/wire/values.ts'
import type { Entry, Journal } from '../../terminal/journal/journal.ts'
import { openJournal } from '../../terminal/journal/log.ts'
import { messageOf, opened } from './frames.ts'
import type { Passing } from './network.ts'
import { MASTER_KEY, makeTill, type Till, type TillOptions } from './till.ts'

/**
 * A till with an auditor who looks over the operator's shoulder at every instant (rules P1, P2, P4): reads the flash
 * chip itself, not the application, when something is shown, printed or sent.
 */
export interface AuditedTill extends Till {
  /** What was wrong at the instant it happened; empty at the end of every good run. */
  readonly violations: string[]
}

const APPROVED = /交易成功|APPROVED/
const TITLE = /^(签购单|SALES SLIP|故障报告单|FAULT REPORT)$/
const VOUCHER = /(?:凭证号|VOUCHER NO\.): *(\d{6})/

export function makeAuditedTill(options: TillOptions = {}): AuditedTill {
  const violations: string[] = []
  const contents = new Map<string, string>()
  let title = ''
  let lastTrace = 0
  let journal: () => Journal = () => {
    throw new Error('not yet')
  }

  function request({ direction, body }: Passing): void {
    if (direction === 'toTerminal') return
    const { mti, fields } = opened(body).message
    if (mti !== '0400' && fields[11] !== undefined) {
      const trace = Number(fields[11])
      const wrapped = lastTrace > 999_900 && trace < 100
      if (trace <= lastTrace && !wrapped) violations.push(`P1: ${mti} has trace ${trace} after ${lastTrace}`)
      lastTrace = trace
    }
    const isSale = mti === '0200' && fields[3] === '000000'
    if (!isSale && mti !== '0400' && mti !== '0200') return
    const trace = Number(fields[11])
    const batch = Number(String(fields[60]).slice(2, 8))
    const book = journal()
    if (mti === '0200') {
      const older = book.owed().filter((entry) => !(isSale && entry.trace === trace))
      if (older.length > 0)
        violations.push(`P4: ${mti} of trace ${trace} left while ${older[0]?.trace} is owed`)
    }
    if (isSale) {
      const own = book.find(asTrace(trace))
      if (own?.state !== 'owed' || own.batch !== batch)
        violations.push(`P2: sale ${trace} left, its journal entry is ${own?.state ?? 'missing'}`)
      const content = JSON.stringify([fields[4], fields[35], fields[57]])
      const key = `${batch}/${trace}`
      if ((contents.get(key) ?? content) !== content) violations.push(`P1: two contents under ${key}`)
      contents.set(key, content)
    }
    if (mti === '0400' && !book.owed().some((entry) => entry.trace === trace))
      violations.push(
        `P4: reversal of ${trace} left, which is ${book.find(asTrace(trace))?.state ?? 'missing'}`,
      )
  }

  const till = makeTill({
    ...options,
    watch: {
      frame: request,
      screen(text) {
        if (APPROVED.test(text) && journal().last() === undefined)
          violations.push(`P2: shown as approved, no approved entry in the journal:\n${text}`)
      },
      paper({ text }) {
        if (TITLE.test(text.trim())) title = text.trim()
        if (title !== '签购单' && title !== 'SALES SLIP') return // a fault report names what is owed
        const trace = VOUCHER.exec(text)?.[1]
        if (trace === undefined) return
        const state = journal().find(asTrace(Number(trace)))?.state
        if (state !== 'approved')
          violations.push(`P2: slip of ${trace} printed, which is ${state ?? 'missing'}`)
      },
    },
  })
  journal = () => journalOf(till)
  return { ...till, violations }
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
