/** Bytes as hex and as text with one character a byte, without the host's TextDecoder: the device has none. */

/** Upper-case hex, two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += (byte < 16 ? '0' : '') + byte.toString(16)
  return hex.toUpperCase()
}

/** Bytes of hex digits in either case. Throws a RangeError for an odd count or another character. */
export function bytesOfHex(hex: string): Uint8Array {
  if (hex.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(hex)) throw new RangeError('hex: pairs of hex digits')
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** One character a byte, code units 0–255. */
export function textOfBytes(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** Bytes of a text whose code units are 0–255. Throws a RangeError for any other. */
export function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 255) throw new RangeError('text: one byte a character')
    bytes[i] = unit
  }
  return bytes
}

/** Whether two byte strings are equal. For public ones: it takes no constant time. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
