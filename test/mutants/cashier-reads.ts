import type { Mutant } from './mutant.ts'

const slip = 'test/terminal/flow/step/slip.test.ts'
const page = 'test/terminal/screen/page.test.ts'
const reversals = 'test/terminal/flow/reversal-failures.test.ts'
const scenarios = 'test/emulator/console/scenarios.test.ts'

/** What the cashier and the cardholder read: slips, the icon 待冲正, texts that are broken into rows. */
export const cashierReads: readonly Mutant[] = [
  {
    id: 'slip-customer-in-full',
    rule: 'no long number of a customer on a slip',
    file: 'terminal/flow/step/slip-remark.ts',
    find: 'digits.length > 10 ?',
    replace: 'digits.length > 99 ?',
    tests: [slip],
    does: 'Prints the whole number of whoever pays a bill.',
  },
  {
    id: 'slip-void-agreed',
    rule: 'a cardholder agrees to what is charged and to nothing else',
    file: 'terminal/flow/step/slip.ts',
    find: "(settles === 'debit' && name !== 'topUpVoid')",
    replace: "settles !== 'not' || name === 'pinChange'",
    tests: [slip],
    does: 'Has the cardholder agree to pay what a void gives back.',
  },
  {
    id: 'slip-queued-without-time',
    rule: 'a slip says when, also before the host has answered',
    file: 'terminal/flow/step/slip.ts',
    find: "entry.state === 'owed' ? timeHere(copy.now) : outcome",
    replace: "entry.state === 'owed' && copy.now.year < 0 ? timeHere(copy.now) : outcome",
    tests: [slip],
    does: 'Prints no date and time on the slip of an advice that waits.',
  },
  {
    id: 'slip-void-preauth-code',
    rule: '预授权码 is the code of a pre-authorisation',
    file: 'terminal/flow/step/slip-remark.ts',
    find: "? 'preauthCode' : 'originalAuth'",
    replace: "? 'preauthCode' : 'preauthCode'",
    tests: [slip],
    does: 'Calls the code of a voided sale that of a pre-authorisation.',
  },
  {
    id: 'advice-shown-as-reversal',
    rule: 'an advice that waits is booked, not in doubt',
    file: 'terminal/host/ready.ts',
    find: "transactionOf(pos, kind).whenLost !== 'forward')",
    replace: "transactionOf(pos, kind).whenLost !== 'nothing')",
    tests: [slip],
    does: 'Calls a refund that waits for the line a reversal.',
  },
  {
    id: 'icon-lit-while-answered',
    rule: '待冲正 is not shown for the sale that is being answered',
    file: 'terminal/screen/page.ts',
    find: 'owed: pos.session.inDoubt,',
    replace: 'owed: pos.journal.owed().length > 0,',
    tests: [reversals],
    does: 'Lights 待冲正 during every sale.',
  },
  {
    id: 'icon-dark-while-owed',
    rule: '待冲正 is shown while a reversal is owed',
    file: 'terminal/host/ready.ts',
    find: '  pos.session.inDoubt = isInDoubt(pos)\n',
    replace: '',
    tests: [reversals],
    does: 'Says that a sale may be charged, with the icon dark.',
  },
  {
    id: 'page-number-split',
    rule: 'no number is split over two rows',
    file: 'terminal/screen/page.ts',
    find: 'if (word !== undefined && word > 0) piece',
    replace: 'if (word !== undefined && word > 99) piece',
    tests: [page],
    does: 'Breaks an amount in the middle.',
  },
  {
    id: 'bill-paid-is-lost-original',
    rule: 'a bill that is paid already is told as none',
    file: 'terminal/flow/bill.ts',
    find: "if (answer.code === '25') return",
    replace: "if (answer.code === '2X') return",
    tests: [scenarios],
    does: 'Sends whoever has paid a bill to the card issuer.',
  },
  {
    id: 'voided-not-voided',
    rule: 'what is voided is not said to be not voided',
    file: 'terminal/flow/void.ts',
    find: "why.includes('alreadyVoided') ? 'nothingDone' : 'notVoided'",
    replace: "why.includes('voidOfVoid') ? 'nothingDone' : 'notVoided'",
    tests: [slip],
    does: 'Says of a voided sale both that it is and that it is not.',
  },
]
