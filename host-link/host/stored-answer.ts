import { Encoder } from 'cbor-x'
import { type Fields, type FieldValue, type Message, WireError } from '../wire/message.ts'

/** Plain maps, no records and no tags: what other CBOR readers read too. Texts and bytes only, so no number is rounded. */
const codec = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false })

/** An answer as the ledger keeps it: CBOR array of type and map of elements, without PAN. */
export function storedAnswer({ mti, fields }: Message): Uint8Array {
  const kept = Object.entries(fields).filter(([element]) => element !== '2')
  const bytes = codec.encode([mti, new Map(kept.map(([element, value]) => [Number(element), value]))])
  return Uint8Array.from(bytes)
}

/** Throws a WireError for bytes that `storedAnswer` never wrote. */
export function storedMessage(bytes: Uint8Array): Message {
  const stored: unknown = codec.decode(bytes)
  const [mti, map] = Array.isArray(stored) ? stored : []
  if (typeof mti !== 'string' || !(map instanceof Map))
    throw new WireError('answer', 0, 'wants type and elements')
  const fields: { [element: number]: FieldValue } = {}
  for (const [element, value] of map) {
    if (typeof value === 'string') fields[Number(element)] = value
    else if (value instanceof Uint8Array) fields[Number(element)] = Uint8Array.from(value)
    else throw new WireError(`answer.${element}`, 0, 'wants text or bytes')
  }
  return { mti, fields: fields as Fields }
}
