import type { Area } from '../boot/layout.ts'
import type { Slots } from '../device/slots.ts'
import { CRC_START, crc32 } from '../journal/crc.ts'
import { number, putNumber } from '../journal/record.ts'
import { put, roundedUp } from './chip.ts'

/** Kinds of documents on the program chip. */
export const KIND = { root: 1, manifest: 2, index: 3, parameters: 4 } as const

/** 11 bytes: kind, length 3, number 4, and CRC-32 over those and the body, of which its head has the upper 3 bytes. */
const HEAD_BYTES = 12
const CRC_AT = 8

export interface Stored {
  readonly kind: number
  readonly bytes: Uint8Array
  /** Which was written when: higher is newer. */
  readonly number: number
}

export interface Documents {
  /** The documents of a kind, oldest first. */
  of(kind: number): readonly Stored[]
  /** Durable when it returns: a document is whole or absent. */
  write(kind: number, bytes: Uint8Array): 'written' | 'noSpace' | 'fault'
  /** Cut short, it may be there once more at a later start. */
  remove(document: Stored): void
}

/**
 * 文件区: signed documents and the index, each in sectors of its own: a head of 12 bytes, programmed last, and the body. At
 * a start each head is programmed once more in its place, and what is no head is spoilt: neither may change any more,
 * whatever an interrupted write left there.
 */
export function openDocuments(slots: Slots, area: Area): Documents {
  const { sectorBytes, unitBytes } = slots.geometry()
  const sectors = area.bytes / sectorBytes
  const headBytes = roundedUp(HEAD_BYTES, unitBytes)
  const addressOf = (sector: number): number => area.address + sector * sectorBytes
  const sizeOf = (length: number): number => Math.ceil((headBytes + length) / sectorBytes)
  let stored: { readonly sector: number; readonly document: Stored }[] = []
  let newest = 0

  for (let sector = 0; sector < sectors; ) {
    const document = documentAt(sector)
    if (document === undefined) spoil(sector++)
    else {
      put(slots, addressOf(sector), headOf(document))
      stored.push({ sector, document })
      newest = Math.max(newest, document.number)
      sector += sizeOf(document.bytes.length)
    }
  }

  function documentAt(sector: number): Stored | undefined {
    const head = slots.read(addressOf(sector), HEAD_BYTES)
    const length = number(head, 1, 3)
    if (length === 0 || sector + sizeOf(length) > sectors) return undefined
    const bytes = slots.read(addressOf(sector) + headBytes, length)
    const document = { kind: head[0] as number, number: number(head, 4, 4), bytes }
    return number(headOf(document), CRC_AT, 4) === number(head, CRC_AT, 4) ? document : undefined
  }
  function spoil(sector: number): void {
    slots.program(addressOf(sector), new Uint8Array(headBytes))
  }
  function freeRun(count: number): number {
    let run = 0
    for (let sector = 0; sector < sectors; sector++) {
      const used = stored.some(
        (each) => sector >= each.sector && sector < each.sector + sizeOf(each.document.bytes.length),
      )
      run = used ? 0 : run + 1
      if (run === count) return sector - count + 1
    }
    return -1
  }

  return {
    of: (kind) =>
      stored
        .map(({ document }) => document)
        .filter((document) => document.kind === kind)
        .sort((a, b) => a.number - b.number),
    write(kind, bytes) {
      const count = sizeOf(bytes.length)
      const sector = freeRun(count)
      if (sector < 0) return 'noSpace'
      const document = { kind, bytes, number: newest + 1 }
      for (let i = 0; i < count; i++)
        if (slots.erase(area.address / sectorBytes + sector + i) !== 'done') return 'fault'
      const address = addressOf(sector)
      if (!put(slots, address + headBytes, bytes) || !put(slots, address, headOf(document))) return 'fault'
      newest++
      stored.push({ sector, document })
      return 'written'
    },
    remove(gone) {
      for (const { sector, document } of stored.filter((each) => each.document === gone))
        for (let i = 0; i < sizeOf(document.bytes.length); i++) spoil(sector + i)
      stored = stored.filter(({ document }) => document !== gone)
    },
  }
}

function headOf({ kind, number: counted, bytes }: Stored): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES)
  head[0] = kind
  putNumber(head, 1, 3, bytes.length)
  putNumber(head, 4, 4, counted)
  putNumber(head, CRC_AT, 4, crc32(crc32(CRC_START, head, 0, CRC_AT), bytes, 0, bytes.length) >>> 0)
  return head
}
