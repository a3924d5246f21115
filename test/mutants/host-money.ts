import type { Mutant } from './mutant.ts'

const voids = 'test/host-link/host/void.test.ts'
const refunds = 'test/host-link/host/refund.test.ts'
const preauths = 'test/host-link/host/preauth.test.ts'
const instalments = 'test/host-link/host/instalment.test.ts'
const sales = 'test/host-link/host/sale.test.ts'
const uploads = 'test/host-link/host/upload.test.ts'
const uploadsMore = 'test/host-link/host/upload-missing.test.ts'
const reversals = 'test/host-link/host/reversal-kinds.test.ts'
const acquirers = 'test/scripts/acquirer.test.ts'
const reports = 'test/scripts/host.test.ts'

const at = 'host-link/host'

/** Money at the host: voids, refunds, pre-authorisations, instalments, offers, points, batch uploads. */
// biome-ignore format: one row a mutant
export const hostMoney: readonly Mutant[] = [
  row('void-twice', 'V05', 'void.ts', 'if (standingAfter(books, original).length > 0) return bad', 'if (standingAfter(books, original).length > 9) return bad', voids, 'Voids a sale a second time.'),
  row('void-of-a-reversed-sale', 'V06', 'void.ts', 'if (isReversed(books, original)) return bad', 'if (isReversed(books, original) && original.sequence < 0) return bad', voids, 'Gives back what a reversal gave back.'),
  row('void-of-another-amount', 'V08', 'void.ts', 'if (original.amountFen !== amountOf(context)) return', 'if (original.amountFen < 0) return', voids, 'Voids by another amount than was sold.'),
  row('void-of-another-card', 'V08', 'void.ts', "if (!card || card.name !== original.account) return { code: '25' }", "if (!card) return { code: '25' }", voids, 'Voids the sale of another card.'),
  row('void-of-another-swiped-card', 'V08', 'void.ts', "code: found.account === original.account ? '00' : '25'", "code: found.account === original.account ? '00' : '00'", voids, 'Voids a sale by a swipe of another card.'),
  row('void-of-another-terminal', 'V08', 'void.ts', 'terminalId === key.terminalId && original', 'terminalId !== \'\' && original', voids, 'Voids what another terminal sold.'),
  row('void-of-a-settled-batch', 'V07', 'void.ts', "if (original.key.batch !== key.batch) return bad", "if (original.key.batch > key.batch) return bad", voids, 'Voids what was settled.'),
  row('void-of-any-kind', 'V08', 'void.ts', '!kinds.includes(original.key.kind)', 'kinds.length === 0', voids, 'Voids a void.'),
  row('void-any-authorisation', 'V08', 'void.ts', 'authorisation === undefined || authorisation === authorisationOf(original)', 'authorisation === undefined || authorisation !== \'\'', voids, 'Takes another authorisation code for the original\'s.'),
  row('void-keeps-the-points', 'V04', 'void.ts', 'points: 0 - original.points', 'points: 0 * original.points', voids, 'Gives the money back and leaves the points.'),
  row('void-keeps-the-plan', 'I04', 'void.ts', 'original.sequence, stands: false', 'original.sequence, stands: true', voids, 'Voids an instalment sale and bills its parts.'),
  row('void-forgets-the-discount', 'P10', 'void.ts', '    discount,\n    cashBack,\n    offer,', '    cashBack,\n    offer,', voids, 'Credits the full amount of a sale with a discount.'),
  row('refund-unbounded', 'F05', 'refund.ts', "if (amountFen > left) return", "if (amountFen > original.amountFen) return", refunds, 'Refunds more than is left, part by part.'),
  row('refund-of-the-discount', 'F04', 'refund.ts', 'amountFen }) => left - amountFen, original.settleFen)', 'amountFen }) => left - amountFen, original.amountFen)', refunds, 'Refunds a discount that was never paid.'),
  row('refund-of-another-card', 'F05', 'refund.ts', 'original.account !== account || ', '', refunds, 'Refunds to another card.'),
  row('refund-of-a-reversed-sale', 'V06', 'refund.ts', 'return isReversed(context.books, original) ? undefined : original', 'return original', refunds, 'Refunds what a reversal gave back.'),
  row('refund-of-a-voided-sale', 'F05', 'refund.ts', "if (after.some(({ key }) => key.kind !== 'refund')) return undefined\n", '', refunds, 'Refunds what was voided.'),
  row('refund-of-another-date', 'F05', 'refund.ts', "  if (original.at.date.slice(4) !== named61(context).date) return undefined\n", '', refunds, 'Takes a reference of another day.'),
  row('refund-of-another-merchant', 'F05', 'originals.ts', 'entry.merchantId === terminal.merchantId && fits(entry)', 'fits(entry)', refunds, 'Refunds what another merchant sold.'),
  row('refund-bound-to-the-stripe', 'F02', 'keyed.ts', "if (transactions[kind].whenLost !== 'forward') return", "if (transactions[kind].whenLost !== undefined) return", refunds, 'Refuses an advice that is sent again from the journal.'),
  row('advice-too-late-asked-again', 'P11', 'booking.ts', "whenLost === 'forward' ? '25' : '68'", "whenLost === 'forward' ? '68' : '68'", 'test/host-link/host/top-up.test.ts', 'Tells a terminal "not now" of an advice that can never be booked.'),
  row('completion-over-115', 'preauth', 'preauth.ts', 'COMPLETION_PERCENT = 115', 'COMPLETION_PERCENT = 116', preauths, 'Takes more than 115 % of what was authorised.'),
  row('completion-twice', 'preauth', 'preauth.ts', 'if (standingAfter(books, hold).length > 0) return', 'if (standingAfter(books, hold).length > 9) return', preauths, 'Completes a pre-authorisation twice.'),
  row('completion-keeps-the-hold', 'preauth', 'preauth.ts', 'effectFen: hold.amountFen - amountFen', 'effectFen: 0 - amountFen', preauths, 'Takes the amount and keeps the hold as well.'),
  row('completion-overdraft', 'preauth', 'preauth.ts', 'if (amountFen - hold.amountFen > balanceFen) return', 'if (amountFen - hold.amountFen > balanceFen + 1) return', preauths, 'Completes with money that the card has not.'),
  row('completion-of-a-reversed-hold', 'preauth', 'preauth.ts', 'if (!hold || isReversed(books, hold)) return', 'if (!hold) return', preauths, 'Completes a pre-authorisation that was reversed.'),
  row('completion-of-another-card', 'preauth', 'originals.ts', 'entry.key.kind === kind && entry.account === account', 'entry.key.kind === kind && account !== \'\'', preauths, 'Completes by another card.'),
  row('hold-not-held', 'preauth', 'preauth.ts', "code: '00', effectFen: -amountFen }", "code: '00', effectFen: 0 }", preauths, 'Authorises without holding anything.'),
  row('reversal-of-a-completed-hold', 'R16', 'reversal.ts', 'const undone = stands ? undoing(original)', 'const undone = original ? undoing(original)', preauths, 'Gives a hold back that its completion freed.'),
  row('reversal-keeps-the-plan', 'I01', 'reversal.ts', 'original: sequence, stands: false', 'original: sequence, stands: true', instalments, 'Reverses an instalment sale and bills its parts.'),
  row('reversal-of-a-void-loses-the-plan', 'I01', 'reversal.ts', 'original: original.original, stands: true', 'original: original.original, stands: false', voids, 'Undoes a void and leaves the plan out.'),
  row('reversal-keeps-the-points', 'R01', 'reversal.ts', 'points: 0 - original.points', 'points: 0 * original.points', reversals, 'Leaves the points of a reversed sale.'),
  row('reversal-as-another-kind', 'P1', 'reversal.ts', ': under.some((entry) => ASKED', ': under.length < 0 && under.some((entry) => ASKED', sales, 'Leaves a tombstone over a transaction of another kind.'),
  row('trace-as-two-kinds', 'P6', 'keyed.ts', 'return TRADE_KINDS.includes(kind) && TRADE_KINDS.includes(known)', 'return kind === known', sales, 'Books two kinds of transaction under one trace.'),
  row('inquiry-forgets-the-plan', 'S31', 'reversal.ts', '[37, 38, 57, 62]', '[37, 38, 57]', reversals, 'Tells of an instalment sale without its plan.'),
  row('inquiry-of-sales-only', 'S31', 'reversal.ts', "TRADE_KINDS.filter((kind) => kind !== 'topUpConfirm')", "TRADE_KINDS.filter((kind) => kind === 'sale')", reversals, 'Says "unknown" of everything but a sale.'),
  row('plan-parts-not-whole', 'I06', 'instalment.ts', 'amountFen: at === 0 ? amounts.first : amounts.each', 'amountFen: amounts.each', instalments, 'Bills parts that do not add up.'),
  row('plan-fee-not-rounded', 'I06', 'instalment.ts', '+ 500_000n)', '+ 0n)', instalments, 'Rounds the fee down.'),
  row('plan-overdraft', 'I01', 'instalment.ts', "if (amountFen > account.balanceFen) return", "if (amountFen < 0) return", instalments, 'Sells by instalments beyond the balance.'),
  row('plan-for-any-card', 'I02', 'instalment.ts', "if (!fits(programme, card)) return", "if (!fits(programme, card) && card.pin === '') return", instalments, 'Sells a programme to a card that it is not for.'),
  row('discount-above-its-cap', 'offers', 'sale.ts', 'Math.min(given, capFen ?? given, amountFen - 1)', 'Math.min(given, amountFen - 1)', sales, 'Grants more than the offer\'s cap.'),
  row('discount-of-all', 'offers', 'sale.ts', 'Math.min(given, capFen ?? given, amountFen - 1)', 'Math.min(given, capFen ?? given)', sales, 'Sells for nothing.'),
  row('discount-after-its-last-day', 'offers', 'sale.ts', 'at.date <= row.to &&', 'at.date !== row.to &&', sales, 'Grants an offer that has ended.'),
  row('discount-nobody-is-told', 'P10', 'sale.ts', '  if (!terminal.profile.tags) return {}\n', '', sales, 'Grants what the terminal cannot be told, so that totals never agree.'),
  row('cash-back-kept', 'offers', 'sale.ts', 'effectFen: -paidFen + (offers.cashBack?.fen ?? 0)', 'effectFen: -paidFen', sales, 'Promises a cash-back and keeps it.'),
  row('points-overdrawn', 'points', 'points.ts', 'if (points > account.points) return', 'if (points > account.points + 1) return', sales, 'Sells for points that the card has not.'),
  row('inactive-card-taken', 'card', 'issuer.ts', 'if (!account.active && !mayBeInactive) return', 'if (!account.active && mayBeInactive) return', sales, 'Sells on a card that was not activated.'),
  row('typed-expiry-not-compared', 'card', 'issuer.ts', "(text(fields, 14) === expiryOf(card.track2) ? undefined : '54')", "(text(fields, 14) === expiryOf(card.track2) ? undefined : undefined)", sales, 'Takes a typed number with any expiry date.'),
  row('business-date-late', 'L16', 'acquirer.ts', "time.slice(0, 4) >= cutOver", "time.slice(0, 4) > cutOver", acquirers, 'Turns the business date a minute late.'),
  row('upload-closed-short', 'L12', 'upload.ts', 'records.length !== count)', 'records.length < 0)', uploads, 'Closes a batch whose upload is not whole.'),
  row('upload-not-noted-again', 'L12', 'host.ts', 'keyed(context, kind, upload, uploadedAgain)', 'keyed(context, kind, upload)', uploads, 'Forgets a packet that is uploaded again.'),
  row('upload-of-a-settled-batch', 'P10', 'upload.ts', "  if (found.batch.state === 'settled') return {}\n", '', uploads, 'Notes records for a batch that is closed.'),
  row('upload-balanced-though-different', 'L12', 'upload.ts', 'network === BALANCED || records.length !== count)', 'network !== BALANCED && records.length !== count)', uploads, 'Closes a batch that is not equal on the word of the terminal.'),
  row('orphan-kept', 'L07', 'reconciliation.ts', "office.acquirer.orphans === 'creditBack'", "office.acquirer.orphans !== 'creditBack'", uploads, 'Keeps the money of an orphan.'),
  row('orphan-not-listed', 'L07', 'reconciliation.ts', '        ...orphans.map((entry) =>', '        ...orphans.slice(orphans.length).map((entry) =>', uploads, 'Credits back and tells nobody.'),
  row('orphan-in-the-totals', 'P10', 'reconciliation.ts', '...standing.filter((entry) => !creditedBack.includes(entry))', '...standing', uploads, 'Closes with totals that have what was given back.'),
  row('missing-posted-without-effect', 'L08', 'uploaded.ts', 'const moved = 0 - settled(key, record.amountFen)', 'const moved = 0 * settled(key, record.amountFen)', uploads, 'Posts an uploaded sale and takes no money.'),
  row('missing-posted-over-a-tombstone', 'L09', 'reconciliation.ts', "if (told || record.kind === undefined", "if (record.kind === undefined", uploads, 'Posts what the terminal was told is not booked.'),
  row('difference-not-seen', 'L09', 'reconciliation.ts', 'stands && sameKind && hostFen === claimed ? {}', 'stands && sameKind ? {}', uploads, 'Says nothing of another amount.'),
  row('upload-void-without-original', 'L08', 'uploaded.ts', '    ...namesOf(original),\n', '    ...{ ...namesOf(original), original: 0 },\n', uploads, 'Posts a void that refers to nothing: its sale can be refunded besides.'),
  row('upload-void-of-two', 'L08', 'uploaded.ts', 'fitting.length !== 1', 'fitting.length < 1', uploads, 'Guesses which of two sales a void was of.'),
  row('upload-void-of-another-card', 'L08', 'uploaded.ts', ' && isSameCard(entry, record)', '', uploads, 'Voids the sale of another card.'),
  row('upload-void-of-another-amount', 'L08', 'uploaded.ts', 'Math.abs(entry.settleFen) === record.amountFen && ', '', uploads, 'Voids a sale of another amount.'),
  row('upload-void-of-any-kind', 'L08', 'uploaded.ts', 'kinds.includes(entry.key.kind) && ', '', uploads, 'Takes a sale for the original of a void of points.'),
  row('upload-void-twice', 'L08', 'uploaded.ts', 'standingAfter(books, entry).length === 0', 'standingAfter(books, entry).length >= 0', uploads, 'Voids what was voided or refunded.'),
  row('upload-void-of-an-orphan', 'L08', 'uploaded.ts', ' && isUploaded(entry)', '', uploads, 'Voids what the terminal never had.'),
  row('upload-void-forgets-the-discount', 'P10', 'uploaded.ts', '    amountFen: original.amountFen,\n', '', uploads, 'Posts a void whose amount is not its original\'s.'),
  row('upload-void-keeps-the-points', 'V04', 'uploaded.ts', 'points: 0 - original.points', 'points: 0 * original.points', uploads, 'Gives the money back and leaves the points.'),
  row('upload-void-keeps-the-money', 'V04', 'uploaded.ts', 'effectFen: 0 - original.effectFen', 'effectFen: 0 * original.effectFen', uploads, 'Posts a void that gives nothing back.'),
  row('upload-void-keeps-the-plan', 'I04', 'reconciliation.ts', '...posted].flatMap((one)', '...[]].flatMap((one)', uploads, 'Posts the void of an instalment sale and bills its parts.'),
  row('upload-refund-unreferenced', 'F05', 'uploaded.ts', "if (key.kind === 'refund') return", "if (key.kind === 'refundUpload') return", uploads, 'Posts refunds that refer to nothing: the same money goes back twice.'),
  row('upload-refund-forgets-its-reference', 'F05', 'upload.ts', 'reference: text(fields, 37)', 'reference: undefined', uploads, 'Notes a refund without its reference number.'),
  row('upload-completion-forgets-its-hold', 'preauth', 'node/book-rows.ts', "authorisation: textIn(row, 'authorisation')", 'authorisation: undefined', uploads, 'Loses the authorisation code of a noted completion in the tables.'),
  row('upload-date-not-noted', 'F05', 'node/book-writes.ts', 'record.original61 ?? null', 'null', uploads, 'Loses the date that a refund or a completion names.'),
  row('upload-completion-keeps-the-hold', 'preauth', 'uploaded.ts', 'effectFen: hold.amountFen - amountFen', 'effectFen: 0 - amountFen', uploads, 'Takes the amount and keeps the hold as well.'),
  row('upload-completion-over-115', 'preauth', 'uploaded.ts', 'if (amountFen * 100 > hold.amountFen * COMPLETION_PERCENT) return', 'if (amountFen < 0) return', uploads, 'Posts a completion of more than 115 % of what was authorised.'),
  row('upload-does-not-see-itself', 'F05', 'originals.ts', '      ...added.filter((entry) => entry.original === original),\n', '', uploads, 'Posts two refunds from one upload that are more than was paid.'),
  row('upload-unresolved-posted', 'L08', 'uploaded.ts', "if (verdict?.code !== '00') return undefined", 'if (!verdict) return undefined', uploads, 'Posts what the books would have refused.'),
  row('posted-request-booked-again', 'L21', 'keyed.ts', "  if (known && (known.origin === 'upload' || known.origin === 'orphan'))\n    return refused(context, kind === 'reversal' ? '25' : '77')\n", '', uploads, 'Answers the delayed request of what was posted from an upload as a conflict.'),
  row('later-batch-refused', 'L08', 'settlement.ts', "if (!open || number <= open.number) return { kind: 'unknown' }", "if (number > 0) return { kind: 'unknown' }", uploads, 'Locks a terminal out that is ahead of books from a backup.'),
  row('report-without-refunds', 'report', 'report.ts', 'row.salesFen - row.reversedFen - row.returnedFen', 'row.salesFen - row.reversedFen', reports, 'Reports sales as if nothing was refunded.'),
]

function row(
  id: string,
  rule: string,
  file: string,
  find: string,
  replace: string,
  test: string,
  does: string,
): Mutant {
  return {
    id: `money-${id}`,
    rule,
    file: `${at}/${file}`,
    find,
    replace,
    tests: test === uploads ? [uploads, uploadsMore] : [test],
    does,
  }
}
