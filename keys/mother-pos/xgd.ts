import type { MotherPosItem } from './item.ts'

/**
 * 新国都 XGD, protocol 01:
 *
 *     01 01 01 01  01  frame id  command  length  data  03  checksum
 *     01 01 01 01  01  13        20 done, 2F failed         checksum
 *
 * The length has one byte, in an extended frame (id 15) two. The checksum is the sum, modulo 256, of all bytes after
 * the first four.
 */
const SYNC_BYTES = 4
const PROTOCOL = 0x01
const RESULT_FRAME = 0x13
const EXTENDED_FRAME = 0x15
const END = 0x03

interface Name {
  readonly zh: string
  readonly en: string
}

// biome-ignore format: one row a command
const commands: { readonly [command: number]: Name } = {
  140: { zh: '取消密码键盘', en: 'cancel the PIN pad' },
  219: { zh: '扩展指令',     en: 'extended command' },
  238: { zh: '主密钥更新方式', en: 'set the transfer mode and key' },
  251: { zh: '更新单个主密钥', en: 'load one TMK' },
}

// biome-ignore format: one row a sub-command of DB
const subCommands: { readonly [command: number]: Name } = {
  1: { zh: '读用户自定义区', en: 'read the user area' },
  3: { zh: '写用户自定义区', en: 'write the user area' },
  4: { zh: '读机器序列号',   en: 'read the serial number' },
}

const unknown: Name = { zh: '未知指令', en: 'unknown command' }
const OFFSET_OF_TDES = 102

/** A capture of either direction, or both in their order. Bytes that are no frame are counted as noise. */
export function decodeXgd(bytes: Uint8Array): readonly MotherPosItem[] {
  const items: MotherPosItem[] = []
  let at = 0
  while (at < bytes.length) {
    const start = nextSync(bytes, at)
    if (start > at) items.push(noise(at, start - at))
    if (start === bytes.length) break
    const item = frame(bytes, start)
    items.push(item)
    at = start + item.length
  }
  return items
}

function noise(offset: number, length: number): MotherPosItem {
  return { offset, length, kind: 'noise', zh: '杂散字节', en: 'bytes of no frame', checksum: 'none' }
}

function frame(bytes: Uint8Array, offset: number): MotherPosItem {
  const body = bytes.subarray(offset + SYNC_BYTES)
  const [, frameId, command] = body
  if (frameId === undefined || command === undefined) return cut(bytes, offset)
  if (frameId === RESULT_FRAME) return result(bytes, offset, command)

  const name = commands[command] ?? unknown
  const lengthBytes = frameId === EXTENDED_FRAME ? 2 : 1
  if (body.length < 3 + lengthBytes) return { ...cut(bytes, offset), command, ...name }
  const length = lengthBytes === 1 ? (body[3] ?? 0) : (body[3] ?? 0) * 256 + (body[4] ?? 0)
  const dataAt = 3 + lengthBytes
  const whole = dataAt + length + 2
  if (body.length < whole) return { ...cut(bytes, offset), command, ...name }

  const ended = body[dataAt + length] === END
  const right = sum(body.subarray(0, whole - 1)) === body[whole - 1]
  return {
    offset,
    length: SYNC_BYTES + whole,
    kind: ended ? 'command' : 'fault',
    command,
    ...name,
    ...contentOf(command, body.subarray(dataAt, dataAt + length)),
    checksum: right ? 'right' : 'wrong',
  }
}

function result(bytes: Uint8Array, offset: number, command: number): MotherPosItem {
  const body = bytes.subarray(offset + SYNC_BYTES)
  const given = body[3]
  const names: Name =
    command === 0x20
      ? { zh: '成功', en: 'done' }
      : command === 0x2f
        ? { zh: '失败', en: 'failed' }
        : { zh: '未知结果', en: 'unknown result' }
  if (given === undefined) return { ...cut(bytes, offset), command, ...names }
  const checksum = sum(body.subarray(0, 3)) === given ? 'right' : 'wrong'
  return { offset, length: SYNC_BYTES + 4, kind: 'result', command, ...names, checksum }
}

/** What may be said of the data of a command. */
function contentOf(command: number, data: Uint8Array): Partial<MotherPosItem> {
  const [first] = data
  if (first === undefined) return {}
  switch (command) {
    case 0xfb:
      // A parent adds 102 to say that the key is TDES.
      return { index: first >= OFFSET_OF_TDES ? first - OFFSET_OF_TDES : first, keyBytes: data.length - 1 }
    case 0xee:
      return { mode: first, keyBytes: data.length - 1 }
    case 0xdb:
      return { subCommand: first, ...(subCommands[first] ?? unknown) }
    default:
      return {}
  }
}

function cut(bytes: Uint8Array, offset: number): MotherPosItem {
  const length = bytes.length - offset
  return { offset, length, kind: 'cut', ...unknown, checksum: 'none' }
}

/** Where the next frame begins: four 01 and the protocol's 01; the end where there is none. */
function nextSync(bytes: Uint8Array, from: number): number {
  for (let at = from; at + SYNC_BYTES < bytes.length; at++) {
    // Where there are more than five, the frame is the last of them.
    const more = bytes[at + SYNC_BYTES + 1] === PROTOCOL
    if (!more && bytes.subarray(at, at + SYNC_BYTES + 1).every((byte) => byte === PROTOCOL)) return at
  }
  return bytes.length
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0)
}
