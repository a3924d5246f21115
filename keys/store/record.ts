import { WireError } from '../../host-link/wire/message.ts'
import { crc32 } from './crc32.ts'

// What a store keeps, as bytes: `magic` (4 ASCII), the body, CRC-32 (4, big endian) over all before it.

/** Ten slots with everything in them, and room. */
const RECORD_BYTES_MAX = 8192

/** Writes one record; wipes its own buffer when it is done. */
export class RecordWriter {
  readonly #buffer = new Uint8Array(RECORD_BYTES_MAX)
  #length = 0

  constructor(magic: string) {
    this.bytes(Uint8Array.from(magic, (letter) => letter.charCodeAt(0)))
  }

  number(value: number, bytes: 1 | 4): void {
    for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      this.bytes(Uint8Array.of((value >>> shift) & 0xff))
  }

  bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length) // throws beyond RECORD_BYTES_MAX
    this.#length += bytes.length
  }

  /** One byte of length, then the key; length 0 stands for none. */
  key(key: Uint8Array | undefined): void {
    this.number(key?.length ?? 0, 1)
    if (key !== undefined) this.bytes(key)
  }

  end(): Uint8Array {
    this.number(crc32(this.#buffer.subarray(0, this.#length)), 4)
    const record = this.#buffer.slice(0, this.#length)
    this.#buffer.fill(0) // it held keys
    return record
  }
}

/** Reads one record; throws WireError for bytes that are not one. */
export class RecordReader {
  readonly #body: Uint8Array
  readonly #path: string
  #at = 0

  constructor(magic: string, record: Uint8Array) {
    this.#path = magic
    const body = record.length - 4
    if (body < magic.length || record.length > RECORD_BYTES_MAX) throw this.fault('not the size of a record')
    this.#body = record.subarray(0, body)
    const crc = new DataView(record.buffer, record.byteOffset + body, 4).getUint32(0)
    if (crc32(this.#body) !== crc) throw this.fault('CRC is wrong')
    for (const letter of magic) if (this.number(1) !== letter.charCodeAt(0)) throw this.fault('wrong kind')
  }

  number(bytes: 1 | 4): number {
    let value = 0
    for (const byte of this.#take(bytes)) value = value * 256 + byte
    return value
  }

  /** A copy of a key of one of `sizes`, where 0 allows none. */
  key(sizes: readonly number[]): Uint8Array | undefined {
    const length = this.number(1)
    if (!sizes.includes(length)) throw this.fault(`key of ${length} bytes`)
    return length === 0 ? undefined : this.#take(length).slice()
  }

  /** A copy. */
  bytes(length: number): Uint8Array {
    return this.#take(length).slice()
  }

  end(): void {
    if (this.#at !== this.#body.length) throw this.fault('bytes left over')
  }

  fault(why: string): WireError {
    return new WireError(this.#path, this.#at, why)
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#body.length) throw this.fault('ends too early')
    this.#at += length
    return this.#body.subarray(this.#at - length, this.#at)
  }
}
