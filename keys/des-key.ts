import { wipe } from './wipe.ts'

const DES_BYTES = 8

// biome-ignore format: NIST SP 800-67 rev. 2, 3.4, with odd parity
const weakKeys: readonly (readonly [number, number])[] = [
  // weak: encryption is its own inverse
  [0x01010101, 0x01010101], [0xfefefefe, 0xfefefefe], [0xe0e0e0e0, 0xf1f1f1f1], [0x1f1f1f1f, 0x0e0e0e0e],
  // semi-weak: the second of a pair undoes the first
  [0x011f011f, 0x010e010e], [0x1f011f01, 0x0e010e01],
  [0x01e001e0, 0x01f101f1], [0xe001e001, 0xf101f101],
  [0x01fe01fe, 0x01fe01fe], [0xfe01fe01, 0xfe01fe01],
  [0x1fe01fe0, 0x0ef10ef1], [0xe01fe01f, 0xf10ef10e],
  [0x1ffe1ffe, 0x0efe0efe], [0xfe1ffe1f, 0xfe0efe0e],
  [0xe0fee0fe, 0xf1fef1fe], [0xfee0fee0, 0xfef1fef1],
]

/**
 * A copy with odd parity in every byte. DES ignores the parity bits, so keys are compared in this form only. A key
 * that comes with other parity is not refused: UnionPay hosts issue such keys, and the check value covers the rest.
 */
export function withOddParity(key: Uint8Array): Uint8Array {
  return key.map((byte) => {
    let ones = 0
    for (let rest = byte >>> 1; rest > 0; rest >>>= 1) ones += rest & 1
    return (byte & 0xfe) | (ones % 2 === 0 ? 1 : 0)
  })
}

/**
 * Whether a key of 8, 16 or 24 bytes is degenerate whatever its parity: a part is weak or semi-weak (all-zero keys
 * are among them), or two parts are equal, which makes TDES single DES.
 */
export function isWeakDesKey(key: Uint8Array): boolean {
  const normal = withOddParity(key)
  const parts: (readonly [number, number])[] = []
  for (let at = 0; at < normal.length; at += DES_BYTES) parts.push([word(normal, at), word(normal, at + 4)])
  wipe(normal)
  return parts.some((part, index) => {
    const others = [...weakKeys, ...parts.slice(0, index)]
    return others.some(([high, low]) => high === part[0] && low === part[1])
  })
}

function word(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)
}
