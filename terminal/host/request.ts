import { macInput } from '../../host-link/wire/dialect.ts'
import type { Fields, Message } from '../../host-link/wire/message.ts'
import type { MacAlgorithm } from '../../host-link/wire/profile.ts'
import { field60, storeNumberField } from '../../host-link/wire/subfields.ts'
import type { Transaction } from '../../host-link/wire/transaction.ts'
import { type BatchNumber, type StoreNumber, sixDigits, type Trace } from '../../host-link/wire/values.ts'
import type { Pos } from '../pos.ts'

/** 60.4 终端读取能力: this release reads the stripe only. */
const READS_STRIPE = '2'

/** Who says it: the fields that every request has, and those that a row of `transactions` fixes. */
export function requestOf(
  pos: Pos,
  row: Transaction,
  key: { readonly trace?: Trace; readonly batch: BatchNumber },
  extra: Fields,
): Message {
  const { type, network, processingCode, condition } = row
  const shared = { type: type ?? '00', batch: sixDigits(key.batch), network: network ?? pos.profile.signOn }
  const financial = row.processingCode !== undefined
  return {
    mti: row.mti,
    fields: {
      ...(processingCode === undefined ? {} : { 3: processingCode }),
      ...(key.trace === undefined ? {} : { 11: sixDigits(key.trace) }),
      ...(condition === undefined ? {} : { 25: condition }),
      41: pos.setup.terminalId,
      42: pos.setup.merchantId,
      ...(financial ? { 49: '156' } : {}),
      60: field60(financial ? { ...shared, readCapability: READS_STRIPE, chipCondition: '0' } : shared),
      ...extra,
    },
  }
}

/** 门店编号 where the acquirer's profile puts it; nothing where there is none. */
export function storeField(pos: Pos, storeNumber: StoreNumber | undefined): Fields {
  const row = pos.profile.storeNumber
  return row && storeNumber !== undefined ? { [row.field]: storeNumberField(row, storeNumber) } : {}
}

/** The MAC algorithm that profile and dialect ask for. */
export function macAlgorithm(pos: Pos): MacAlgorithm {
  return pos.profile.mac[pos.setup.dialect]
}

/** The message with its field 64; undefined where no MAC key is loaded. */
export function sealed(pos: Pos, message: Message): Message | undefined {
  const input = macInput(message, pos.setup.dialect)
  const result = pos.device.secure.mac(pos.setup.keySlot, macAlgorithm(pos), input)
  return result.kind === 'mac'
    ? { mti: message.mti, fields: { ...message.fields, 64: result.mac } }
    : undefined
}
