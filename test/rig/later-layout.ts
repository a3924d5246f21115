import type { Flash } from '../../terminal/device/flash.ts'
import { decode, encode, HEADER_BYTES, kinds, layoutFor, number } from '../../terminal/journal/record.ts'
import { FORMAT_VERSION, HEADER_COPIES, SECTOR_PAYLOAD_BYTES } from '../../terminal/journal/sector.ts'

/** The chip of a journal as a program sees it that is older than its layout; whatever it writes is a fault of the test. */
export function inLaterLayout(flash: Flash): Flash {
  const { sectorBytes, unitBytes } = flash.geometry()
  const layout = layoutFor(unitBytes)
  const size = layout.size(SECTOR_PAYLOAD_BYTES)
  const never = () => {
    throw new Error('a journal that cannot be read is never written')
  }
  return {
    ...{ geometry: () => flash.geometry(), program: never, erase: never },
    read(address, length) {
      const bytes = flash.read(address, length)
      if (address % sectorBytes !== 0) return bytes
      for (let copy = 0; copy < HEADER_COPIES; copy++) {
        const at = copy * size
        const sequence = number(bytes, at + HEADER_BYTES + 1, 4) + copy
        const found = decode(layout, bytes, at, address + at, sequence)
        if (found?.kind !== kinds.sector || found.payload.length !== SECTOR_PAYLOAD_BYTES) continue
        const payload = found.payload.slice()
        payload[0] = FORMAT_VERSION + 1
        const word = number(bytes, at, 2) - payload.length
        bytes.set(encode(layout, address + at, sequence, word, payload), at)
      }
      return bytes
    },
  }
}
