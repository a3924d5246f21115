import type { MotherPosItem } from './item.ts'

/**
 * 新大陆 Newland, 9600 8N1, without length, check value or checksum:
 *
 *     child   04                       every 200 ms, until a key comes
 *     parent  03 index (0–9) key (8 or 16 bytes)
 */
const ASK = 0x04
const KEY = 0x03
const INDEX_MAX = 9
const sizes = [16, 8] as const

/**
 * A capture of either direction, or both in their order. As nothing says how long a key is, the longer size is taken
 * wherever the capture ends or goes on with 04 or another key after it.
 */
export function decodeNewland(bytes: Uint8Array): readonly MotherPosItem[] {
  const items: MotherPosItem[] = []
  let at = 0
  while (at < bytes.length) {
    const item = itemAt(bytes, at)
    const last = items[items.length - 1]
    // The child's asking, and noise, are one item each, however long.
    if (last !== undefined && last.kind === item.kind && last.en === item.en && item.index === undefined) {
      items[items.length - 1] = { ...last, length: last.length + item.length }
    } else items.push(item)
    at += item.length
  }
  return items
}

function itemAt(bytes: Uint8Array, offset: number): MotherPosItem {
  const base = { offset, checksum: 'none' } as const
  if (bytes[offset] === ASK) {
    return {
      ...base,
      length: 1,
      kind: 'command',
      command: ASK,
      zh: '子POS请求密钥',
      en: 'the child asks for a key',
    }
  }
  const index = bytes[offset + 1]
  if (bytes[offset] !== KEY || (index !== undefined && index > INDEX_MAX)) {
    return { ...base, length: 1, kind: 'noise', zh: '杂散字节', en: 'bytes of no frame' }
  }
  const names = { command: KEY, zh: '下发主密钥', en: 'load one TMK' }
  const keyBytes = sizes.find((size) => isBoundary(bytes, offset + 2 + size))
  if (index === undefined || keyBytes === undefined) {
    const left = bytes.length - offset
    const length = Math.min(left, 2 + sizes[0])
    const kind = left < 2 + sizes[0] ? 'cut' : 'fault'
    return { ...base, length, kind, ...names, ...(index === undefined ? {} : { index }) }
  }
  return { ...base, length: 2 + keyBytes, kind: 'command', ...names, index, keyBytes }
}

/** Whether something of the protocol, or nothing, begins here. */
function isBoundary(bytes: Uint8Array, at: number): boolean {
  if (at === bytes.length || bytes[at] === ASK) return true
  return bytes[at] === KEY && (bytes[at + 1] ?? 0) <= INDEX_MAX
}
