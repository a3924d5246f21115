/** Bytes of an even number of hex digits of either case. Throws RangeError for anything else, without repeating it. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(text)) {
    throw new RangeError('hex: an even number of digits 0-9, A-F')
  }
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** Two upper-case hex digits a byte. Not for keys: a string cannot be wiped. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0').toUpperCase()
  return text
}
