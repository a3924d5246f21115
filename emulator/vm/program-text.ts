/**
 * The text of a program: its bytes as UTF-8, with one text for each run of bytes and none for what is no UTF-8, so that
 * what is evaluated is exactly what was hashed. Throws Error.
 */
export function textOfProgram(bytes: Uint8Array): string {
  const parts: string[] = []
  for (const byte of bytes)
    parts.push(byte < 0x80 && byte !== PERCENT ? String.fromCharCode(byte) : escaped(byte))
  try {
    return decodeURIComponent(parts.join(''))
  } catch {
    throw new Error('the program is no text: its bytes are no UTF-8')
  }
}

/** The other way. Throws URIError for a lone surrogate. */
export function bytesOfProgram(text: string): Uint8Array {
  const bytes = new Uint8Array(3 * text.length)
  let length = 0
  const encoded = encodeURIComponent(text)
  for (let at = 0; at < encoded.length; at++) {
    const code = encoded.charCodeAt(at)
    bytes[length++] = code === PERCENT ? Number.parseInt(encoded.slice(at + 1, at + 3), 16) : code
    if (code === PERCENT) at += 2
  }
  return bytes.slice(0, length)
}

const PERCENT = 0x25

function escaped(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`
}
