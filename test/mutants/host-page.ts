import type { Mutant } from './mutant.ts'

const answers = 'test/host-link/host/page/answers.test.ts'
const answersMore = 'test/host-link/host/page/refused.test.ts'
const entries = 'test/host-link/host/node/page-entries.test.ts'
const browser = 'test/host-link/host/page/browser.test.ts'
const folder = 'host-link/host'

/** The page shows the fen of the books, to nobody from elsewhere, and no card number. */
// biome-ignore format: one row a mutant
export const hostPage: readonly Mutant[] = [
  row('page-sum-of-first-part', 'the sums are of all entries', 'node/page-entries.ts', "        if (entries.length < ENTRIES_MAX) entries.push(line)\n        else next ??= entries.at(-1)?.sequence", "        if (entries.length === ENTRIES_MAX) {\n          next ??= entries.at(-1)?.sequence\n          break\n        }\n        entries.push(line)", answers, 'Adds up only what the first answer holds.'),
  row('page-part-twice', 'each entry once', 'node/page-entries.ts', "AND sequence > ?", "AND sequence >= ?", answers, 'Begins the next part with the last entry of the one before.'),
  row('page-preview-of-another-moment', 'ledger and lines are of one moment', 'node/page-days.ts', "{ ...database, reading: (work) => work(books) }", "database", answers, 'Counts the lines of a preview in a later state of the books.'),
  row('page-other-party', 'a party’s own part', 'node/page-entries.ts', "(share.party === party && share.name === name)", "share.name === name", answers, 'Gives parties without a name each other’s parts.'),
  row('page-foreign-origin', 'another page is told nothing', 'node/page-server.ts', "if (headers.origin !== undefined && headers", "if (headers.host === undefined && headers", answers, 'Answers the page of another origin.'),
  row('page-late-fee-in-the-list', 'the fee that clearing took', 'node/page-entries.ts', "sequences.join(', ')})`, late)", "sequences.join(', ')})`)", entries, 'Lists a refund with a fee a fen off, where a late one of the same sale has the older date.'),
  row('page-late-fee-of-one', 'the fee that clearing took', 'node/page-entries.ts', "}`, late))", "}`))", entries, 'Shows a refund with a fee a fen off, where a late one of the same sale has the older date.'),
  row('page-any-name', 'no name that others can point here', 'node/page-server.ts', "if (asked === undefined) return refuse(response, new PageFault(403, 'Not under this name.'))", "if (asked === undefined) return void page.answer(request, response, '', request.url ?? '/')", answers, 'Answers under a name that others can point to this machine.'),
  row('page-hour-last-entry', 'hours add up to the day', 'node/page-days.ts', "      sum.count += 1\n      sum.netFen += fen", "      sum.count += 1\n      sum.netFen = fen", answers, 'Shows of each hour the last entry alone.'),
  row('page-net-of-gross', 'the pay-out is without the fee', 'page/view/entry.tsx', "{yuan(share.netFen)}", "{yuan(share.grossFen)}", browser, 'Shows the gross amount as the pay-out of an entry.'),
  row('page-name-as-html', 'a name is text', 'page/view/day.tsx', "<i>{name}</i>} {storeName}", "<i>{name}</i>} <u dangerouslySetInnerHTML={{ __html: storeName }} />", browser, 'Takes the name of a store for HTML.'),
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
    id,
    rule,
    file: `${folder}/${file}`,
    find,
    replace,
    tests: test === answers ? [answers, answersMore] : [test],
    does,
  }
}
