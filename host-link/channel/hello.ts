import { bytesOfText, textOfBytes } from '../wire/bytes.ts'
import type { Purpose } from './channel-end.ts'

/** What both ends say in clear before the handshake; the initiator's is its prologue. */
export interface Hello {
  readonly purpose: Purpose
  /** Of who sends it, 1–20 characters. */
  readonly id: string
  /** Of whom it is for; empty: not known yet. */
  readonly peerId: string
}

/** "SKN1": no length of a frame, for a frame's are 16,384 at most. */
export const MAGIC = Uint8Array.of(0x53, 0x4b, 0x4e, 0x31)
export const ID_CHARACTERS_MAX = 20
const PURPOSES: readonly Purpose[] = ['host', 'inject', 'rkl'] // bytes 1, 2, 3

export function isId(id: string): boolean {
  return /^[!-~]{1,20}$/.test(id)
}

/** Throws RangeError for an id that it cannot hold. */
export function helloBytes({ purpose, id, peerId }: Hello): Uint8Array {
  if (!isId(id) || (peerId !== '' && !isId(peerId)))
    throw new RangeError('hello: an id is 1 to 20 printable ASCII characters')
  return Uint8Array.of(
    ...MAGIC,
    PURPOSES.indexOf(purpose) + 1,
    id.length,
    ...bytesOfText(id),
    peerId.length,
    ...bytesOfText(peerId),
  )
}

export type ReadHello =
  | { readonly kind: 'hello'; readonly hello: Hello; readonly length: number }
  | { readonly kind: 'more' | 'none' }

/** A hello at the start of `bytes`; `more`: it may become one; `none`: it is none. */
export function readHello(bytes: Uint8Array): ReadHello {
  const start = Math.min(bytes.length, MAGIC.length)
  for (let i = 0; i < start; i++) if (bytes[i] !== MAGIC[i]) return { kind: 'none' }
  const code = bytes[4]
  if (code === undefined) return { kind: 'more' }
  const purpose = PURPOSES[code - 1]
  if (purpose === undefined) return { kind: 'none' }
  const id = idAt(bytes, 5, 1)
  if (typeof id === 'string') return { kind: id }
  const peer = idAt(bytes, id.end, 0)
  if (typeof peer === 'string') return { kind: peer }
  return { kind: 'hello', hello: { purpose, id: id.text, peerId: peer.text }, length: peer.end }
}

function idAt(
  bytes: Uint8Array,
  at: number,
  lengthMin: 0 | 1,
): 'more' | 'none' | { readonly text: string; readonly end: number } {
  const length = bytes[at]
  if (length === undefined) return 'more'
  if (length < lengthMin || length > ID_CHARACTERS_MAX) return 'none'
  const end = at + 1 + length
  const text = textOfBytes(bytes.slice(at + 1, end))
  if (text !== '' && !isId(text)) return 'none'
  return bytes.length < end ? 'more' : { text, end }
}
