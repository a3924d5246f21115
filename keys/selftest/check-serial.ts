import { decodeXgd } from '../mother-pos/xgd.ts'
import type { Answer } from './answer.ts'
import type { Check } from './checks.ts'
import { ascii, bytesOf, has, type SelfTestVector, textOf, VectorFault } from './vector.ts'

/** Frames of key loading over a serial line. Only these tests write any; the 母POS ones are read by our tool. */
export const serialChecks: readonly (readonly [string, Check])[] = [
  ['serial', (vector) => (has(vector, 'payloadAscii') ? longitudinal(vector) : xgd(vector))],
]

const STX = 0x02
const ETX = 0x03

/** STX, payload, ETX, and the XOR of payload and ETX. */
function longitudinal(vector: SelfTestVector): Answer {
  if (!/STX\/ETX\/LRC$/.test(textOf(vector, 'protocol')))
    throw new VectorFault('"protocol" is none of the known ones')
  const payload = ascii(textOf(vector, 'payloadAscii'))
  const check = payload.reduce((sum, byte) => sum ^ byte, ETX)
  return { expected: Uint8Array.of(STX, ...payload, ETX, check) }
}

/** Sync, body, and the sum of the body. Our reader must find one frame in it, and its checksum right. */
function xgd(vector: SelfTestVector): Answer {
  if (textOf(vector, 'protocol') !== 'XGD 01 frame')
    throw new VectorFault('"protocol" is none of the known ones')
  const body = bytesOf(vector, 'body')
  const sum = body.reduce((all, byte) => (all + byte) & 0xff, 0)
  const frame = Uint8Array.of(1, 1, 1, 1, ...body, sum)
  const [item, ...more] = decodeXgd(frame)
  if (item === undefined || more.length > 0) throw new VectorFault('it is not read as one frame')
  if (item.checksum !== 'right') throw new VectorFault('its checksum is not found right')
  const [other] = decodeXgd(frame.map((byte, at) => (at === frame.length - 1 ? byte ^ 1 : byte)))
  if (other?.checksum === 'right') throw new VectorFault('a wrong checksum is found right')
  return { expected: frame }
}
