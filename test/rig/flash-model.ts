import { asBatchNumber, asTrace } from '../../host-link/wire/values.ts'
import type { Journal, Written } from '../../terminal/journal/journal.ts'

/** One call of the journal, as data: the same steps drive the journal and a plain model in memory. */
export type Step =
  | { readonly do: 'open'; readonly kind: number; readonly bytes: number; readonly card?: true }
  | { readonly do: 'approve' | 'decline' | 'undo'; readonly bytes: number }
  | { readonly do: 'print'; readonly back: number; readonly copies: number }
  | { readonly do: 'burn' }
  | { readonly do: 'set'; readonly key: number; readonly bytes: number; readonly fill: number }
  | { readonly do: 'closeBatch' | 'adoptBatch' | 'freeze' | 'scrub' }

interface ModelEntry {
  readonly trace: number
  readonly kind: number
  readonly state: string
  readonly intent: string
  readonly outcome: string
  readonly copies: number
}

/** What the journal must hold: a value, never changed in place. */
export interface Model {
  readonly batch: number
  readonly trace: number
  readonly entries: readonly ModelEntry[]
  readonly settings: ReadonlyMap<number, string>
  readonly frozen: boolean
  readonly scrubPending: boolean
}

export const EMPTY: Model = {
  batch: 1,
  trace: 0,
  entries: [],
  settings: new Map(),
  frozen: false,
  scrubPending: false,
}

/** A card number 主账号 for each trace. */
export function panOf(trace: number): string {
  return `6222600${String(trace).padStart(6, '0')}123`
}
/** The bytes given to `open`: with a card, its number as characters and as packed digits first. */
function intentOf(step: { readonly bytes: number; readonly card?: true }, trace: number): Uint8Array {
  const bytes = bytesOf(step.bytes, trace)
  if (step.card === undefined) return bytes
  const pan = panOf(trace)
  bytes.set([...Buffer.from(pan, 'latin1'), ...Buffer.from(pan, 'hex')].slice(0, bytes.length))
  return bytes
}
/** Card numbers, of any trace up to `traceMax`, that stand somewhere in the bytes. */
export function pansIn(image: Uint8Array, traceMax: number): readonly number[] {
  const bytes = Buffer.from(image)
  const traces = Array.from({ length: traceMax }, (_, i) => i + 1)
  return traces.filter((trace) => {
    const pan = panOf(trace)
    return bytes.includes(Buffer.from(pan, 'latin1')) || bytes.includes(Buffer.from(pan, 'hex'))
  })
}

export function bytesOf(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (fill * 31 + i * 7) & 0xff)
}
export function hexOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '-' : Buffer.from(bytes).toString('hex')
}

/** The trace that a step settles or prints: oldest owed, or counted back from the newest settled entry. */
function subject(model: Model, step: Step): ModelEntry | undefined {
  if (step.do === 'print') {
    const settled = model.entries.filter((e) => e.state !== 'owed')
    return settled[settled.length - 1 - (step.back % Math.max(1, settled.length))]
  }
  return model.entries.find((e) => e.state === 'owed')
}

/** Steps that make no sense now (nothing owed, batch not empty …) are left out of a run. */
export function applies(model: Model, step: Step): boolean {
  switch (step.do) {
    case 'approve':
    case 'decline':
    case 'undo':
    case 'print':
      return subject(model, step) !== undefined
    case 'closeBatch':
      return !model.entries.some((e) => e.state === 'owed')
    case 'adoptBatch':
      return model.entries.length === 0 && !model.frozen
    case 'open':
      return !model.frozen
    default:
      return true
  }
}

const following = (n: number) => (n >= 999_999 ? 1 : n + 1)
const states = { approve: 'approved', decline: 'declined', undo: 'undone' } as const

export function modelAfter(model: Model, step: Step): Model {
  const target = subject(model, step)
  const change = (to: Partial<ModelEntry>) => ({
    ...model,
    entries: model.entries.map((e) => (e === target ? { ...e, ...to } : e)),
  })
  switch (step.do) {
    case 'open': {
      const trace = following(model.trace)
      const intent = hexOf(intentOf(step, trace))
      const entry = { trace, kind: step.kind, state: 'owed', intent, outcome: '-', copies: 0 }
      return { ...model, trace, entries: [...model.entries, entry] }
    }
    case 'approve':
    case 'decline':
    case 'undo':
      return change({ state: states[step.do], outcome: hexOf(bytesOf(step.bytes, target?.trace ?? 0)) })
    case 'print':
      return change({ copies: (target?.copies ?? 0) | step.copies })
    case 'burn':
      return { ...model, trace: following(model.trace) }
    case 'set':
      return {
        ...model,
        settings: new Map(model.settings).set(step.key, hexOf(bytesOf(step.bytes, step.fill))),
      }
    case 'closeBatch':
      return { ...model, batch: following(model.batch), entries: [], frozen: false, scrubPending: true }
    case 'adoptBatch':
      return { ...model, batch: following(model.batch), entries: [] }
    case 'freeze':
      return { ...model, frozen: true }
    case 'scrub':
      return { ...model, scrubPending: false }
  }
}

/** Does to the journal what `modelAfter` does to the model. */
export function perform(journal: Journal, model: Model, step: Step): Written | 'frozen' {
  const trace = subject(model, step)?.trace ?? 0
  switch (step.do) {
    case 'open':
      return journal.open(step.kind, intentOf(step, following(model.trace)))
    case 'approve':
      return journal.close(asTrace(trace), 'approved', bytesOf(step.bytes, trace))
    case 'decline':
      return journal.close(asTrace(trace), 'declined', bytesOf(step.bytes, trace))
    case 'undo':
      return journal.undo(asTrace(trace), bytesOf(step.bytes, trace))
    case 'print':
      return journal.markPrinted(asTrace(trace), step.copies)
    case 'burn':
      return journal.burnTrace()
    case 'set':
      return journal.set(step.key, bytesOf(step.bytes, step.fill))
    case 'closeBatch':
      return journal.closeBatch(asBatchNumber(following(model.batch)))
    case 'adoptBatch':
      return journal.adoptBatch(asBatchNumber(following(model.batch)))
    case 'freeze':
      return journal.freeze()
    case 'scrub':
      return journal.scrub()
  }
}

/** Everything a flow can see of a journal, as one comparable text. */
export function viewOf(journal: Journal): string {
  const lines: string[] = [`batch ${journal.batch()} next ${journal.nextTrace()}`]
  journal.each((e) => {
    lines.push(`${e.trace} ${e.kind} ${e.state} ${hexOf(e.intent)} ${hexOf(e.outcome)} ${e.printedCopies}`)
    return true
  })
  lines.push(
    `owed ${journal.owed().map((e) => e.trace)}`,
    `doubtful ${journal.doubtful().map((e) => e.trace)}`,
  )
  lines.push(`last ${journal.last()?.trace}`)
  for (let key = 0; key < 4; key++) lines.push(`${key} ${hexOf(journal.setting(key))}`)
  lines.push(`${journal.count()} entries, frozen ${journal.frozen()}, to scrub ${journal.scrubPending()}`)
  return lines.join('\n')
}

export function viewOfModel(model: Model): string {
  const lines: string[] = [`batch ${model.batch} next ${following(model.trace)}`]
  for (const e of model.entries)
    lines.push(`${e.trace} ${e.kind} ${e.state} ${e.intent} ${e.outcome} ${e.copies}`)
  const owed = model.entries.filter((e) => e.state === 'owed').map((e) => e.trace)
  const approved = model.entries.filter((e) => e.state === 'approved').map((e) => e.trace)
  lines.push(`owed ${owed}`, 'doubtful ', `last ${approved[approved.length - 1]}`)
  for (let key = 0; key < 4; key++) lines.push(`${key} ${model.settings.get(key) ?? '-'}`)
  lines.push(`${model.entries.length} entries, frozen ${model.frozen}, to scrub ${model.scrubPending}`)
  return lines.join('\n')
}
