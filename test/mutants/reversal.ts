import type { Mutant } from './mutant.ts'

const answers = 'test/terminal/flow/sale-answer-failures.test.ts'
const line = 'test/terminal/flow/line.test.ts'
const failures = 'test/terminal/flow/reversal-failures.test.ts'
const storage = 'test/terminal/flow/sale-storage-failures.test.ts'
const doubt = 'test/terminal/host/inquire.test.ts'
const matching = 'test/terminal/host/exchange.test.ts'
const sealing = 'test/terminal/host/sealed.test.ts'

/** What is owed or in doubt: 冲正 and the status inquiry 状态查询. */
export const reversal: readonly Mutant[] = [
  {
    id: 'reversal-waits-for-keys-that-nobody-fetches',
    rule: 'P4',
    file: 'terminal/host/request.ts',
    find: '  pos.session.signedOn = false\n',
    replace: '',
    tests: [sealing],
    does: 'Leaves what is owed unsent until the next day where the MAC key is gone.',
  },
  {
    id: 'reversal-dropped-without-answer',
    rule: 'P4',
    file: 'terminal/host/reverse.ts',
    find: "  if (answer.kind !== 'answered' || !ENDS_REVERSAL.includes(answer.code)) return { kind: 'owed', why: answer }\n",
    replace:
      "  if (answer.kind !== 'answered') {\n    pos.journal.undo(entry.trace, new Uint8Array([0]))\n    return { kind: 'owed', why: answer }\n  }\n",
    tests: [failures],
    does: 'Forgets a reversal that got no answer.',
  },
  {
    id: 'reversal-ended-by-any-code',
    rule: 'R06',
    file: 'terminal/host/reverse.ts',
    find: "if (answer.kind !== 'answered' || !ENDS_REVERSAL.includes(answer.code)) return",
    replace: "if (answer.kind !== 'answered') return",
    tests: [failures],
    does: 'Takes "cannot store" for "done".',
  },
  {
    id: 'reversal-answer-not-authenticated',
    rule: 'R07',
    file: 'terminal/host/reverse.ts',
    find: '    authenticated: true,\n    cancellable: false,\n',
    replace: '    authenticated: false,\n    cancellable: false,\n',
    tests: [failures],
    does: 'Believes a forged "reversal accepted".',
  },
  {
    id: 'reversal-not-kept',
    rule: 'R05',
    file: 'terminal/host/reverse.ts',
    find: "if (written !== 'written') {",
    replace: "if (written === 'full') {",
    tests: [matching],
    does: 'Says "reversed" though the flash could not keep it.',
  },
  {
    id: 'reversal-under-a-new-trace',
    rule: 'R01',
    file: 'terminal/host/reverse.ts',
    find: 'const message = requestOf(pos, row, entry, {',
    replace: 'const message = requestOf(pos, row, { trace: pos.journal.nextTrace(), batch: entry.batch }, {',
    tests: [failures],
    does: 'Reverses what was never sold.',
  },
  {
    id: 'reversal-of-another-amount',
    rule: 'R01',
    file: 'terminal/host/reverse.ts',
    find: '    ...entryFields(pos, original, intent),\n',
    replace: "    ...entryFields(pos, original, intent),\n    4: '000000000001',\n",
    tests: [failures],
    does: 'Reverses another amount than was sold.',
  },
  {
    id: 'reversal-reason-lost',
    rule: 'S13',
    file: 'terminal/host/reverse.ts',
    find: "  mac:      'A0',",
    replace: "  mac:      '98',",
    tests: [answers, line],
    does: 'Does not say that the MAC was wrong.',
  },
  {
    id: 'reversal-not-first',
    rule: 'P4',
    file: 'terminal/host/ready.ts',
    find: "return owed === 'clear' ? { kind: 'ready', line } : failed(pos, { kind: owed })",
    replace:
      "return owed === 'clear' || owed === 'stillOwed' ? { kind: 'ready', line } : failed(pos, { kind: owed })",
    tests: [failures],
    does: 'Sells while a reversal is owed.',
  },
  {
    id: 'reversal-not-tried',
    rule: 'P4',
    file: 'terminal/host/ready.ts',
    find: 'for (const entry of pos.journal.owed()) {',
    replace: 'for (const entry of pos.journal.owed().slice(0, 0)) {',
    tests: [failures],
    does: 'Does not send what is owed.',
  },
  {
    id: 'reversal-failures-not-counted',
    rule: 'R08',
    file: 'terminal/host/ready.ts',
    find: 'pos.session.reversalFailures++',
    replace: 'pos.session.reversalFailures += 0',
    tests: [failures],
    does: 'Tries for ever and tells nobody.',
  },
  {
    id: 'reversal-not-retried-at-idle',
    rule: 'P4',
    file: 'terminal/flow/unattended.ts',
    find: '  await retryOwed(pos)\n',
    replace: '',
    tests: [failures],
    does: 'Leaves what is owed to whoever sells next.',
  },
  {
    id: 'inquiry-skipped-for-a-reversal',
    rule: 'S31',
    file: 'terminal/host/ready.ts',
    find: "doubtful()) {\n    progress('inquiring')\n    const { kind } = await inquire(pos, line, entry)",
    replace:
      "doubtful()) {\n    progress('inquiring')\n    const undone = await reverse(pos, line, entry)\n    const kind = undone.kind === 'reversed' ? 'settled' : inquire === undefined ? 'doubtful' : 'storageFault'",
    tests: [storage],
    does: 'Reverses by itself what may have been approved.',
  },
  {
    id: 'inquiry-answer-not-authenticated',
    rule: 'P8',
    file: 'terminal/host/inquire.ts',
    find: '{ authenticated: true, cancellable: false }',
    replace: '{ authenticated: false, cancellable: false }',
    tests: [doubt],
    does: 'Believes a forged answer to the inquiry.',
  },
  {
    id: 'inquiry-other-amount-booked',
    rule: 'S31',
    file: 'terminal/host/inquire.ts',
    find: 'if (amount > 0 && answer.message.fields[4] !== twelveDigits(amount))',
    replace: 'if (amount < 0 && answer.message.fields[4] !== twelveDigits(amount))',
    tests: [doubt],
    does: 'Takes another amount that the host booked for its own.',
  },
  {
    id: 'inquiry-any-code-reverses',
    rule: 'S31',
    file: 'terminal/host/inquire.ts',
    find: "  if (answer.code !== inquiry.unknown) return { kind: 'doubtful' }\n",
    replace: '',
    tests: [doubt],
    does: 'Reverses when the host could not say what became of the sale.',
  },
]
