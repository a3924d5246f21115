const LENGTH_BYTES_MAX = 4

/**
 * Looks at the packets of an MQTT stream as they pass (MQTT 3.1.1, 2.2) and says whether all have been of at most `bytesMax`
 * remaining bytes: a client that waits for the end of a packet holds up to 256 MB of it. To be given every chunk in order.
 */
export function makePacketGuard(bytesMax: number): (chunk: Uint8Array) => boolean {
  let skip = 0
  /** Bytes of the fixed header seen; the first is the type, then the length, 7 bits a byte, least first. */
  let seen = 0
  let length = 0
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (skip > 0) {
        const passed = Math.min(skip, chunk.length - at)
        skip -= passed
        at += passed
        continue
      }
      const byte = chunk[at++] ?? 0
      if (seen++ === 0) continue
      length += (byte & 0x7f) * 128 ** (seen - 2)
      if (length > bytesMax || seen > LENGTH_BYTES_MAX + 1) return false
      if (byte >= 0x80) continue
      skip = length
      seen = 0
      length = 0
    }
    return true
  }
}
