import { type Unpacked, unpack } from '../../../terminal/update/unpack.ts'

/** What an unpacking gave, and how it was asked for. */
export interface Run extends Unpacked {
  readonly bytes: Uint8Array
  readonly writes: readonly number[]
  readonly rests: number
  /** Writes that the sink was asked for. */
  readonly asked: number
  readonly readMax: number
}

/** Unpacks in memory. `refuseAt`: the write that the sink refuses, counted from 0. */
export async function unpackRun(
  payload: Uint8Array,
  base: Uint8Array,
  length: number,
  refuseAt = Number.POSITIVE_INFINITY,
): Promise<Run> {
  const chunks: Uint8Array[] = []
  let rests = 0
  let asked = 0
  let readMax = 0
  const readable = (bytes: Uint8Array) => ({
    length: bytes.length,
    read(offset: number, count: number) {
      if (offset < 0 || offset + count > bytes.length) throw new Error(`read outside: ${offset} ${count}`)
      readMax = Math.max(readMax, count)
      return bytes.slice(offset, offset + count)
    },
  })
  const sink = {
    write(bytes: Uint8Array) {
      asked++
      if (chunks.length === refuseAt) return false
      chunks.push(bytes.slice())
      return true
    },
  }
  const yields = async () => {
    rests++
  }
  const end = await unpack(readable(payload), readable(base), sink, yields, length)
  return {
    ...end,
    bytes: Buffer.concat(chunks),
    writes: chunks.map((each) => each.length),
    rests,
    asked,
    readMax,
  }
}
