import type { Mutant } from './mutant.ts'

const flows = 'test/terminal/flow/review-reversal-and-upload.test.ts'
const hosts = 'test/host-link/host/reversal.test.ts'
const settle = 'terminal/host/settle.ts'

/** An owed reversal of what was never booked, and rot in a batch that is being uploaded. */
export const reviewG3: readonly Mutant[] = [
  {
    id: 'reversal-of-another-amount-refused-for-ever',
    rule: 'X07',
    file: 'host-link/host/reversal.ts',
    find: "return { posting: { conflict: { terminalId, batch } }, ...refused(context, '25') }",
    replace: "return { posting: { conflict: { terminalId, batch } }, ...refused(context, '64') }",
    tests: [flows],
    does: 'Leaves a terminal whose flash was put back owing for ever.',
  },
  {
    id: 'second-reversal-refused-for-ever',
    rule: 'X07',
    file: 'host-link/host/keyed.ts',
    find: "...refused(context, kind === 'reversal' ? '25' : '94')",
    replace: "...refused(context, '94')",
    tests: [hosts],
    does: 'The same, where what is booked under the trace was reversed before.',
  },
  {
    id: 'reversal-of-another-card',
    rule: 'X07',
    file: 'host-link/host/reversal.ts',
    find: 'pan !== undefined && maskPan(pan) !== maskedPan',
    replace: 'pan !== undefined && maskPan(pan) === pan',
    tests: [flows],
    does: "Gives back another customer's sale of the same amount.",
  },
  {
    id: 'reversal-conflict-not-alarmed',
    rule: 'X07',
    file: 'host-link/host/reversal.ts',
    find: "    office.bell.ring('conflict')\n",
    replace: '',
    tests: [hosts],
    does: 'Tells nobody of a reversal that means another transaction.',
  },
  {
    id: 'upload-short-packets-end-it',
    rule: 'rot between the totals and the upload',
    file: settle,
    find: 'if (parcels.length === 0) return afresh(pos, progress)',
    replace: 'if (parcels.length === 0) break',
    tests: [flows],
    does: 'Uploads no refund where a sale has rotted; the host takes it for its own alone.',
  },
  {
    id: 'upload-goes-on-in-another-list',
    rule: 'rot while an upload is interrupted',
    file: settle,
    find: '  if (progress.of.packed !== packed || progress.of.single !== single) return afresh(pos, progress)\n',
    replace: '',
    tests: [flows],
    does: 'Skips a sale where an earlier one has rotted; the host gives it back.',
  },
]
