import { NO_TOTALS, type Totals, totalsOf } from '../../../host-link/host/ledger.ts'
import { type Evidence, type Kept, nameOfKey } from './evidence.ts'
import { counts } from './money.ts'

/** Invariants of batches and of what is owed, when everything has settled. */

/** 12: the totals of a closed batch are those of the journal at its freeze, of the host's books, and of its entries. */
export function batchesBalance({ kept, closed, batches, ledger }: Evidence): string[] {
  return [...closed].flatMap((name) => {
    const here = totalsOf(kept.filter((entry) => batchOf(entry) === name && counts(entry)))
    const batch = batches.get(name)
    if (batch === undefined) return isNothing(here) ? [] : [`12: batch ${name} is not in the books`]
    if (batch.state !== 'settled') return [`12: batch ${name} is ${batch.state} at the host`]
    const undone = new Set(ledger.flatMap(({ key, original }) => (key.kind === 'reversal' ? [original] : [])))
    const there = totalsOf(
      ledger.filter(
        ({ key, sequence }) =>
          `${key.terminalId}/${key.batch}` === name && key.kind !== 'reversal' && !undone.has(sequence),
      ),
    )
    const all = [here, batch.totals, there].map((totals) => JSON.stringify(inOrder(totals)))
    return new Set(all).size === 1 ? [] : [`12: batch ${name}: journal, host, its entries: ${all.join(' ')}`]
  })
}

function isNothing(totals: Totals): boolean {
  return JSON.stringify(inOrder(totals)) === JSON.stringify(inOrder(NO_TOTALS))
}
function inOrder({ debitCount, debitFen, creditCount, creditFen }: Totals): readonly number[] {
  return [debitCount, debitFen, creditCount, creditFen]
}
const batchOf = ({ terminal, batch }: Kept): string => `${terminal}/${batch}`

/** 13: an entry is in one batch, and its batch is frozen once: what 0500 saw the first time is what it saw the last. */
export function oneBatchEach({ kept, tills }: Evidence): string[] {
  const seen = new Map<string, Kept>()
  const wrong = tills.flatMap((till) => till.refrozen.map((what) => `13: ${what}`))
  for (const entry of kept) {
    const key = `${entry.terminal}/${entry.batch}/${entry.trace}`
    if (seen.has(key)) wrong.push(`13: ${nameOfKey(entry)} is in the journals twice`)
    seen.set(key, entry)
  }
  const references = new Map<string, Kept>()
  for (const entry of kept) {
    const reference = entry.outcome?.reference ?? ''
    const other = references.get(reference)
    if (reference !== '' && other !== undefined)
      wrong.push(`13: ${nameOfKey(entry)} and ${nameOfKey(other)} are one entry of the host`)
    references.set(reference, entry)
  }
  return wrong
}

/** 16: what the host approved and a closed batch of the terminal does not have is in the reconciliation. */
export function orphansAreListed({ ledger, kept, closed, differences }: Evidence): string[] {
  return ledger.flatMap(({ key, code, settleFen, sequence, origin }) => {
    const name = `${key.terminalId}/${key.batch}`
    if (!closed.has(name) || code !== '00' || settleFen === 0 || origin !== 'wire' || key.kind === 'reversal')
      return []
    const undone = ledger.some(
      (later) => later.key.kind === 'reversal' && later.original === sequence && later.origin === 'wire',
    )
    const here = kept.some(
      (entry) => batchOf(entry) === name && entry.trace === key.trace && entry.state === 'approved',
    )
    const listed = differences.some(
      ({ batch, trace, terminalId }) => `${terminalId}/${batch}/${trace}` === `${name}/${key.trace}`,
    )
    return here || listed || undone
      ? []
      : [`16: ${name}/${key.trace} ${key.kind} is only at the host, and not listed`]
  })
}

/** 9: what was owed ended by an answer of the host: a reversal's, an advice's or an inquiry's. */
export function endedByAnAnswer({ kept, tills }: Evidence): string[] {
  const answers = new Set(tills.flatMap((till) => [...till.answered]))
  return kept.flatMap((entry) => {
    const key = `${entry.terminal}/${entry.batch}/${entry.trace}`
    if (entry.state === 'owed' || entry.state === 'doubtful') return []
    const inquired = answers.has(`${key} inquiry`)
    const ended = entry.state === 'undone' ? answers.has(`${key} 0410`) : answers.has(`${key} answer`)
    return ended || inquired ? [] : [`9: ${nameOfKey(entry)} is ${entry.state}, and no such answer came`]
  })
}

/** 8: nothing is owed, in doubt, unconfirmed or to be erased any more. */
export function nothingIsOwed({ kept, tills, ledger }: Evidence): string[] {
  const open = kept.filter(({ state }) => state === 'owed' || state === 'doubtful')
  const wrong = open.map((entry) => `8: ${nameOfKey(entry)} is still ${entry.state}`)
  for (const entry of kept) {
    if (entry.name !== 'topUp' || entry.state !== 'approved') continue
    const confirmed = ledger.some(
      ({ key }) =>
        key.kind === 'topUpConfirm' &&
        `${key.terminalId}/${key.batch}/${key.trace}` === `${entry.terminal}/${entry.batch}/${entry.trace}`,
    )
    if (!confirmed) wrong.push(`8: ${nameOfKey(entry)} was never confirmed`)
  }
  for (const till of tills)
    if (till.machine.state !== 'running') wrong.push(`8: ${till.setup.terminalId} is ${till.machine.state}`)
  return wrong
}

/** 23: sectors are worn evenly: a ring ± 1, one more for a scrub, and one for each that a cut made begin again. */
export function wearIsEven({ tills }: Evidence): string[] {
  return tills.flatMap((till) => {
    const erases = till.chip.erases()
    const spread = Math.max(...erases) - Math.min(...erases)
    const bound = 2 + till.starts()
    return spread <= bound ? [] : [`23: erases differ by ${spread}, more than ${bound}`]
  })
}
