import { decodeMessage, encodeMessage } from '../wire/dialect.ts'
import type { Message } from '../wire/message.ts'

/** An answer as the ledger keeps it: canonical CBOR, without PAN. */
export function storedAnswer({ mti, fields }: Message): Uint8Array {
  const { 2: _pan, ...rest } = fields
  return encodeMessage('cbor', { mti, fields: rest })
}

export function storedMessage(bytes: Uint8Array): Message {
  return decodeMessage('cbor', bytes)
}
