import type { Mutant } from './mutant.ts'

const fee = 'test/host-link/host/clearing/fee.test.ts'
const shares = 'test/host-link/host/clearing/shares.test.ts'
const tally = 'test/host-link/host/clearing/tally.test.ts'
const days = 'test/host-link/host/clearing/business-day.test.ts'
const clear = 'test/host-link/host/node/clearing.test.ts'
const clearMore = 'test/host-link/host/node/clearing-timer.test.ts'
const delivery = 'test/host-link/host/node/clearing-delivery.test.ts'
const report = 'test/scripts/host-report.test.ts'
const folder = 'host-link/host'

type Change = readonly [id: string, rule: string, file: string, find: string, replace: string, does: string]

/** Who gets what, to the fen, once. */
export const clearing: readonly Mutant[] = [
  ...rows(
    [fee],
    [
      [
        'fee-down',
        'half up',
        'clearing/fee.ts',
        'Math.floor((rest * ratePpm + MILLION / 2) / MILLION)',
        'Math.floor((rest * ratePpm) / MILLION)',
        'Cuts fractions of a fen off.',
      ],
      [
        'fee-of-nothing',
        'an amount of 0 has no fee',
        'clearing/fee.ts',
        '  if (amountFen <= 0) return 0\n  const whole',
        '  const whole',
        'Takes the least fee of nothing.',
      ],
      [
        'fee-cap-before-least',
        'the cap',
        'clearing/fee.ts',
        'capFen ?? Number.POSITIVE_INFINITY',
        'Number.POSITIVE_INFINITY',
        'Takes more than the cap.',
      ],
      [
        'fee-merchant-over-store',
        'the most specific row',
        'clearing/fee.ts',
        '(store === undefined ? 0 : 4) + (merchant === undefined ? 0 : 2)',
        '(store === undefined ? 0 : 0) + (merchant === undefined ? 0 : 2)',
        'Takes the merchant’s row where the store has one.',
      ],
      [
        'fee-any-is-cash',
        'cash has its own row',
        'clearing/fee.ts',
        "return row.card === 'any' ? card !== 'cash' : row.card === card",
        "return row.card === 'any' || row.card === card",
        'Takes the fee of cards of cash.',
      ],
    ],
  ),
  ...rows(
    [shares],
    [
      [
        'unknown-store-paid',
        'unknown store → suspense',
        'clearing/shares.ts',
        "  if (terms.isStore(merchant, store)) return { party: 'store', name: store }\n",
        "  if (terms.hasStores(merchant)) return { party: 'store', name: store }\n",
        'Pays a store that nobody knows.',
      ],
      [
        'missing-store-away',
        'missing store → suspense',
        'clearing/shares.ts',
        "      ? { party: 'suspense', name: '', pending: 'noStore' }\n",
        "      ? { party: 'own', name: '' }\n",
        'Pays the mall what has no store.',
      ],
      [
        'issuer-discount-by-mall',
        'a discount lowers who pays for it',
        'clearing/shares.ts',
        "share(row, 'mall', '', { discountFen: off('M'), cashBackFen: back('M') })",
        "share(row, 'mall', '', { discountFen: off('I'), cashBackFen: back('M') })",
        'Books another’s discount on the mall.',
      ],
      [
        'entry-unchecked',
        'the parts of an entry make what it settles',
        'clearing/shares.ts',
        '  if (sum === row.settleFen) return result\n',
        '  if (sum === row.settleFen || sum !== 0) return result\n',
        'Clears an entry whose parts do not add up.',
      ],
      [
        'void-keeps-fee',
        'a void gives the same fee back',
        'clearing/shares.ts',
        'feeFen: 0 - from.feeFen',
        'feeFen: 0',
        'Keeps the fee of what was voided.',
      ],
      [
        'refund-fee-unbounded',
        'never more fee back than was taken',
        'clearing/shares.ts',
        'Math.min(from.feeFen, feeFen(fees, sum))',
        'feeFen(fees, sum) + (sum > 0 ? 1 : 0)',
        'Gives more fee back than was taken.',
      ],
      [
        'refund-discount-kept',
        'refunds of everything take back everything',
        'clearing/shares.ts',
        'shareOf(total, after, paid) - shareOf(total, before, paid)',
        'shareOf(total, after, paid)',
        'Takes the discount of earlier refunds back again.',
      ],
      [
        'refund-reversed-whole',
        'refunds of everything give back the whole fee',
        'clearing/shares.ts',
        "  if (ways[row.original.kind] === 'refund' && refunded !== undefined",
        "  if (ways[row.original.kind] === 'nothing' && refunded !== undefined",
        'Takes with a reversal what that refund gave, whatever stands by then.',
      ],
      [
        'refund-to-its-own-store',
        'money goes back where it came from',
        'clearing/shares.ts',
        '      share(original, from.party, from.name, {\n',
        "      share(original, from.party, row.store ?? '', {\n",
        'Takes a refund from the store that it names.',
      ],
    ],
  ),
  ...rows(
    [tally],
    [
      [
        'merchants-unchecked',
        'the lines make the sum of the ledger',
        'clearing/tally.ts',
        'const sums = [settleFen, own.settleFen, gross, parts, columns]',
        'const sums = [settleFen, own.settleFen]',
        'Lets lines pass that do not add up.',
      ],
      [
        'entries-uncounted',
        'every entry is cleared',
        'clearing/tally.ts',
        'if (entries === own.entries && sums',
        'if (sums',
        'Does not notice an entry that settles nothing.',
      ],
    ],
  ),
  ...rows(
    [days, clear, clearMore],
    [
      [
        'day-without-margin',
        'the day is over',
        'clearing/business-day.ts',
        'MARGIN_MINUTES\n  if',
        '0\n  if',
        'Clears while an entry may still be on its way.',
      ],
      [
        'day-not-over',
        'refused while the day is not over',
        'node/clearing.ts',
        'if (!partial && date > lastEnded(now, acquirer.cutOver))',
        'if (!partial && date > now.date)',
        'Clears a day before its cut-over.',
      ],
      [
        'cleared-not-compared',
        'twice changes nothing, and says what differs',
        'node/clearing.ts',
        'if (kept?.day !== undefined) return compared(day, kept.day)',
        'if (kept?.day !== undefined) return kept.day',
        'Does not notice that the ledger has changed.',
      ],
      [
        'kept-lines-unchecked',
        'the third count',
        'node/clearing.ts',
        'if (row?.[0] !== settleFen)',
        'if (row?.[0] === undefined)',
        'Keeps lines that are not those that were counted.',
      ],
      [
        'terms-of-today',
        'the terms of the original’s day',
        'node/clearing-terms.ts',
        'kept.get(date) ?? today',
        "date === 'kept' ? (kept.get(date) ?? today) : today",
        'Takes a fee back that was never taken.',
      ],
      [
        'undone-refund-counts',
        'never more fee back than was taken',
        'node/clearing-ledger.ts',
        'undoneAt !== undefined && before(undoneAt, place)',
        'undoneAt !== undefined && before(undoneAt, at)',
        'Counts a refund that was taken back.',
      ],
    ],
  ),
  ...rows(
    [clear, clearMore],
    [
      [
        'late-by-highest-sequence',
        'what came late is paid once',
        'node/clearing-late.ts',
        'const had = at < runs.length && (runs[at] ?? 0) <= sequence',
        'const had = (runs.at(-1) ?? 0) >= sequence',
        'Forgets an entry that was numbered before the clearing and committed after it.',
      ],
      [
        'late-never-taken',
        'what came late is paid once',
        'node/clearing-late.ts',
        'if (Number(count?.[0]) <= Number(entries) + known.length) continue',
        'if (Number(count?.[0]) >= 0) continue',
        'Pays nobody what came late.',
      ],
      [
        'late-taken-twice',
        'what came late is paid once',
        'node/clearing.ts',
        '  await keepLate(own, supplement, date)\n',
        '',
        'Pays what came late with every later day.',
      ],
      [
        'late-by-own-date',
        'a cleared day does not change',
        'node/clearing-ledger.ts',
        'date: placed.get(Number(sequence)) ?? String(date)',
        'date: String(date)',
        'Counts a late refund before those that were cleared without it.',
      ],
      [
        'timer-stops-at-a-fault',
        'one bad day stops no other',
        'node/clearing-timer.ts',
        '            pause = AGAIN_TURNS\n',
        '            pause = AGAIN_TURNS\n            stopped = true\n',
        'Clears no day after one that cannot be cleared.',
      ],
    ],
  ),
  ...rows(
    [delivery],
    [
      [
        'notice-not-answered',
        'at least once',
        'node/clearing-delivery.ts',
        'return answer.ok ?',
        'return answer.ok || answer.status > 399 ?',
        'Forgets a notice that was refused.',
      ],
      [
        'notice-without-key',
        'a second delivery can be known',
        'node/clearing-delivery.ts',
        "'Idempotency-Key': id }",
        "'Idempotency-Key': id + Date.now() }",
        'Gives each try another key.',
      ],
      [
        'notice-taken-twice',
        'one worker a notice',
        'node/clearing-notice.ts',
        'WHERE id = ? AND next_at = ? RETURNING id',
        'WHERE id = ? AND ? IS NOT NULL RETURNING id',
        'Takes what another worker has.',
      ],
      [
        'notice-of-a-void',
        'a top-up that stands',
        'node/clearing-notice.ts',
        "r.kind IN ('reversal', 'topUpVoid')",
        "r.kind IN ('reversal')",
        'Tells of a top-up that was voided.',
      ],
      [
        'notice-no-pause',
        'waits longer each time',
        'node/clearing-delivery.ts',
        'pauseMs * 2 ** Math.min(attempts, 30)',
        'pauseMs',
        'Tries again and again without a longer pause.',
      ],
    ],
  ),
  ...rows(
    [report],
    [
      [
        'pay-out-of-suspense',
        'suspense is held back',
        'node/clearing-lines.ts',
        "      if (line.party === 'suspense') continue\n",
        '',
        'Pays out what is in suspense.',
      ],
      [
        'pay-out-today',
        'T+1',
        'node/clearing-lines.ts',
        '...[dayAfter(day), day, reference, line.merchant, PARTIES[line.party]]',
        '...[day, day, reference, line.merchant, PARTIES[line.party]]',
        'Pays on the day itself.',
      ],
      [
        'prepaid-void-is-spent',
        'a top-up void takes the top-up back',
        'node/clearing-prepaid.ts',
        "AND l.kind IN ('reversal', 'topUpVoid')",
        "AND l.kind IN ('reversal')",
        'Shows a voided top-up as a purchase.',
      ],
    ],
  ),
]

function rows(tests: readonly string[], changes: readonly Change[]): Mutant[] {
  return changes.map(([id, rule, file, find, replace, does]) => ({
    ...{ id: `clearing-${id}`, rule, file: `${folder}/${file}`, find, replace, tests, does },
  }))
}
