import type { Fields, Message } from '../../../host-link/wire/message.ts'
import { type UploadRecord, upload48, uploadEnd48 } from '../../../host-link/wire/settlement.ts'
import { recordsTag, tags57 } from '../../../host-link/wire/tags.ts'
import { type TransactionName, transactionNamed } from '../../../host-link/wire/transaction.ts'
import { asFen, asPan, asTrace } from '../../../host-link/wire/values.ts'
import { type Ask, panNamed, request } from './money-rig.ts'
import { type Rig, six, type TestTerminal } from './rig.ts'
import { freshStores } from './stores.ts'

export const fresh = freshStores()

export interface Record {
  readonly trace: number
  readonly kind: TransactionName
  readonly amount: number
  readonly card?: string
  readonly store?: string
}

export const record = (trace: number, kind: TransactionName, amount: number, card?: string): Record => ({
  ...{ trace, kind, amount },
  ...(card !== undefined && { card }),
})

export function signedHead(terminal: TestTerminal, batch: number, network: string, more: Fields): Message {
  return terminal.signed({
    mti: '0320',
    fields: { ...terminal.head(++terminal.trace), 60: `00${six(batch)}${network}`, ...more },
  })
}

export function uploadOf(
  terminal: TestTerminal,
  records: readonly Record[],
  { batch = 1, tagged = true } = {},
): Message {
  const one = ({ trace, amount, card }: Record): UploadRecord => ({
    cardClass: '00',
    trace: asTrace(trace),
    pan: card === undefined ? undefined : asPan(panNamed(card)),
    amount: asFen(amount),
  })
  const kinds = records.map(({ kind, store }) => {
    const { type = '', processingCode = '', condition = '' } = transactionNamed(kind)
    return { type, processingCode, condition, storeNumber: store }
  })
  const tag = tagged ? tags57({ records: recordsTag(kinds) }) : undefined
  return signedHead(terminal, batch, '201', {
    48: upload48(records.map(one)),
    ...(tag !== undefined && { 57: tag }),
  })
}

/** 0320 of a refund or completion advice on its own, as the terminal sends it. */
export function adviceOf(terminal: TestTerminal, name: 'refund' | 'completionAdvice', ask: Ask): Message {
  const { fields } = request(terminal, name, ask)
  return terminal.signed({ mti: '0320', fields })
}

export const endOf = (terminal: TestTerminal, count: number, { batch = 1, network = '202' } = {}) =>
  signedHead(terminal, batch, network, { 48: uploadEnd48(count) })

export const stateOf = (rig: Rig, batch = 1) => rig.books((books) => books.batch('10000001', batch))

/** Rows L03 to L12, L19 and L22 at the host, and rule P10. */
