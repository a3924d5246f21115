import { decodeMessage, dialectOf, encodeMessage, macInput } from '../../host-link/wire/dialect.ts'
import { decodeCupFrameBody, encodeCupFrameBody } from '../../host-link/wire/envelope.ts'
import { encodeFrame } from '../../host-link/wire/frame.ts'
import type { Dialect, Envelope, Fields, Message } from '../../host-link/wire/message.ts'
import { profileNamed } from '../../host-link/wire/profile.ts'
import { fromHex } from '../../keys/hex.ts'
import { macOf } from '../../keys/mac.ts'
import { tdes } from '../../keys/tdes.ts'
import { openWorkingKeys, type WorkingKeys } from '../../keys/working-keys.ts'
import { MASTER_KEY, type Till } from './till.ts'

/** A frame body taken apart and put together again, as somebody in the middle of the line would. */
export interface Opened {
  readonly dialect: Dialect
  readonly envelope: Envelope | undefined
  readonly message: Message
}

export function opened(body: Uint8Array): Opened {
  if (dialectOf(body) !== 'cup')
    return { dialect: 'cbor', envelope: undefined, message: decodeMessage('cbor', body) }
  const { envelope, message } = decodeCupFrameBody(body)
  return { dialect: 'cup', envelope, message: decodeMessage('cup', message) }
}

export function closed({ dialect, envelope, message }: Opened): Uint8Array {
  const bytes = encodeMessage(dialect, message)
  return envelope === undefined ? bytes : encodeCupFrameBody(envelope, bytes)
}

/** The frame with other fields (undefined removes one) and the MAC it had: what a forger without keys can do. */
export function altered(body: Uint8Array, changes: Changes, mti?: string): Uint8Array {
  const frame = opened(body)
  return closed({ ...frame, message: changed(frame.message, changes, mti) })
}

export type Changes = { readonly [element: number]: string | Uint8Array | undefined }

function changed(message: Message, changes: Changes, mti = message.mti): Message {
  const fields: { [element: number]: string | Uint8Array } = { ...message.fields }
  for (const [element, value] of Object.entries(changes)) {
    if (value === undefined) delete fields[Number(element)]
    else fields[Number(element)] = value
  }
  return { mti, fields: fields as Fields }
}

/** The same with a right MAC under the till's working keys: what only a confused host could send. */
export function resigned(till: Till, body: Uint8Array, changes: Changes, mti?: string): Uint8Array {
  const frame = opened(body)
  const message = changed(frame.message, { ...changes, 64: new Uint8Array(8) }, mti)
  const { mac } = profileNamed(till.setup.profile)
  const signature = macOf(mac[frame.dialect], macKey(till), macInput(message, frame.dialect))
  return closed({ ...frame, message: changed(message, { 64: signature }) })
}

function macKey(till: Till): Uint8Array {
  const keys = workingKeys(till)
  const last = keys[keys.length - 1]
  if (last === undefined) throw new Error('no sign-on on the line yet')
  return last.mak
}

/** The working keys that the sign-on replies on the line brought, in clear, oldest first. */
export function workingKeys(till: Till): WorkingKeys[] {
  const kind = profileNamed(till.setup.profile).signOn
  return till.network.passed.flatMap(({ direction, body }) => {
    const message = messageOf(body)
    const block = message?.fields[62]
    if (direction !== 'toTerminal' || message?.mti !== '0810' || !(block instanceof Uint8Array)) return []
    const result = openWorkingKeys(kind, block, tdes(fromHex(MASTER_KEY)))
    return result.kind === 'opened' ? [result.keys] : []
  })
}

/** Message types that entered the network towards the host, in order. */
export function requests(till: Till, from = 0): string[] {
  return till.network.passed
    .slice(from)
    .filter(({ direction }) => direction === 'toHost')
    .map(({ body }) => typeOf(body))
}

/** Several frames as the bytes of one read. */
export function glued(bodies: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(bodies.flatMap((body) => [...encodeFrame(body)]))
}

/** The message of a frame body; undefined where it is none. */
export function messageOf(body: Uint8Array): Message | undefined {
  try {
    return opened(body).message
  } catch {
    return undefined
  }
}

/** Message type of a frame; empty where it is no message. */
export function typeOf(body: Uint8Array): string {
  return messageOf(body)?.mti ?? ''
}
