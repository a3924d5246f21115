import { decodeCborMessage, encodeCborMessage } from './cbor-message.ts'
import { decodeIso8583, encodeIso8583 } from './iso8583.ts'
import { type Dialect, type Message, WireError } from './message.ts'

const MAC = 64
const MAC_BYTES = 8

/** Which dialect a frame body speaks: `cup` starts with the TPDU's 60, `cbor` with a map (major type 5). */
export function dialectOf(body: Uint8Array): Dialect | undefined {
  const first = body[0]
  if (first === 0x60) return 'cup'
  return first !== undefined && first >> 5 === 5 ? 'cbor' : undefined
}

/** A message in either dialect, without TPDU and header. Throws a WireError for what the field table does not allow. */
export function encodeMessage(dialect: Dialect, message: Message): Uint8Array {
  return dialect === 'cup' ? encodeIso8583(message) : encodeCborMessage(message)
}

/** The message of these bytes, all of them, without TPDU and header. Throws a WireError. */
export function decodeMessage(dialect: Dialect, bytes: Uint8Array): Message {
  return dialect === 'cup' ? decodeIso8583(bytes) : decodeCborMessage(bytes)
}

/** The same message in the other dialect. Its MAC (field 64) is carried over, though it covers the old bytes. */
export function translate(from: Dialect, bytes: Uint8Array, to: Dialect): Uint8Array {
  return encodeMessage(to, decodeMessage(from, bytes))
}

/**
 * What the MAC of a message covers, whether or not the message has its field 64 yet. `cup`: message type through
 * the last element before 64, bit 64 set. `cbor`: the map without key 64.
 */
export function macInput(message: Message, dialect: Dialect): Uint8Array {
  const fields = { ...message.fields }
  if (dialect === 'cbor') {
    delete fields[MAC]
    return encodeCborMessage({ mti: message.mti, fields })
  }
  return withoutMac(
    encodeIso8583({ mti: message.mti, fields: { ...fields, [MAC]: new Uint8Array(MAC_BYTES) } }),
  )
}

/**
 * What the MAC of a received message covers: its own bytes, not ours of the same message, for a foreign terminal
 * may have filled a track with F. `bytes` are those that `message` was decoded from. Throws a WireError
 * where the message has no field 64.
 */
export function receivedMacInput(message: Message, dialect: Dialect, bytes: Uint8Array): Uint8Array {
  if (!(MAC in message.fields)) throw new WireError('field.64', bytes.length, 'missing')
  return dialect === 'cup' ? withoutMac(bytes) : macInput(message, dialect)
}

function withoutMac(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.subarray(0, bytes.length - MAC_BYTES))
}
