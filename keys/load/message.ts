import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { CHECK_VALUE_BYTES } from '../check-value.ts'
import { isSlotNumber } from '../store/key-slot.ts'
import { type MasterAlgorithm, type SlotReport, TRANSACTION_BYTES } from '../store/slot-report.ts'

// 密钥下载协议: what terminal (T) and giver (G: station or host) say to each other inside an authenticated channel. Each
// message is one CBOR map; key 0 is its number.

/** Bytes of a proof of possession. */
export const PROOF_BYTES = 16
/** Longest message, and so the longest key block. */
export const LOAD_MESSAGE_BYTES_MAX = 2048

export type RefuseCode = (typeof refuseCodes)[number]
export type FailCode = (typeof failCodes)[number]

export type LoadMessage =
  | { readonly kind: 'state'; readonly slots: readonly SlotReport[] }
  | {
      readonly kind: 'load'
      readonly transaction: Uint8Array
      readonly slot: number
      readonly keyBlock: string
      readonly checkValue: Uint8Array
    }
  | { readonly kind: 'proof'; readonly transaction: Uint8Array; readonly mac: Uint8Array }
  | { readonly kind: 'commit' | 'done'; readonly transaction: Uint8Array }
  | { readonly kind: 'refuse'; readonly code: RefuseCode }
  | { readonly kind: 'failed'; readonly transaction: Uint8Array; readonly code: FailCode }
  | { readonly kind: 'bye' }

/** Why the giver gives nothing. `notExpected`: no key is meant for it. `keyFault`: its own key, or the proof, is wrong. */
const refuseCodes = ['unknownSerial', 'alreadyLoaded', 'notExpected', 'notNow', 'keyFault'] as const
/** Why the terminal did not take it. */
const failCodes = ['keyBlock', 'checkValue', 'weakKey', 'duplicateKey', 'slot', 'storage'] as const

// biome-ignore format: one row a message
const numbers = {
  state:  1, // T→G {1: slots}
  load:   2, // G→T {1: transaction, 2: slot, 3: key block, 4: check value}
  proof:  3, // T→G {1: transaction, 2: MAC}
  commit: 4, // G→T {1: transaction}
  done:   5, // T→G {1: transaction}
  refuse: 6, // G→T {1: code}
  failed: 7, // T→G {1: transaction, 2: code}
  bye:    8, // either
} as const satisfies { readonly [K in LoadMessage['kind']]: number }

/** The bytes of a message. */
export function encodeLoadMessage(message: LoadMessage): Uint8Array {
  const values = [numbers[message.kind], ...bodyOf(message)]
  return encodeCbor(new Map(values.map((value, key) => [key, value])))
}

function bodyOf(message: LoadMessage): readonly CborValue[] {
  switch (message.kind) {
    case 'state':
      return [message.slots.map(rowOf)]
    case 'load':
      return [message.transaction, message.slot, message.keyBlock, message.checkValue]
    case 'proof':
      return [message.transaction, message.mac]
    case 'commit':
    case 'done':
      return [message.transaction]
    case 'refuse':
      return [message.code]
    case 'failed':
      return [message.transaction, message.code]
    case 'bye':
      return []
  }
}

/** The message of these bytes. Throws WireError (`load`) for anything else: nothing is left over, nothing is guessed. */
export function decodeLoadMessage(bytes: Uint8Array): LoadMessage {
  const map = decodeCbor(bytes, { bytes: LOAD_MESSAGE_BYTES_MAX, depth: 4 })
  if (!(map instanceof Map)) throw fault('not a map')
  const values = Array.from({ length: map.size }, (_, key) => map.get(key))
  const kind = kinds.find((name) => numbers[name] === values[0])
  if (kind === undefined) throw fault('no such message')
  const count = { state: 2, load: 5, proof: 3, commit: 2, done: 2, refuse: 2, failed: 3, bye: 1 }[kind]
  if (values.length !== count || values.includes(undefined)) throw fault(`${kind} has other elements`)
  const transaction = () => bytesOf(values[1], TRANSACTION_BYTES)
  switch (kind) {
    case 'state':
      return { kind, slots: slotsOf(values[1]) }
    case 'load':
      return {
        kind,
        transaction: transaction(),
        slot: slotOf(values[2]),
        keyBlock: textOf(values[3]),
        checkValue: bytesOf(values[4], CHECK_VALUE_BYTES),
      }
    case 'proof':
      return { kind, transaction: transaction(), mac: bytesOf(values[2], PROOF_BYTES) }
    case 'commit':
    case 'done':
      return { kind, transaction: transaction() }
    case 'refuse':
      return { kind, code: codeOf(refuseCodes, values[1]) }
    case 'failed':
      return { kind, transaction: transaction(), code: codeOf(failCodes, values[2]) }
    case 'bye':
      return { kind }
  }
}

/** [slot, check value, algorithm, key version, transaction, staged transaction, staged check value]; null: there is none. */
function rowOf({ slot, master, staged }: SlotReport): CborValue {
  return [
    slot,
    master?.checkValue ?? null,
    master === undefined ? null : algorithmLetters[master.algorithm],
    master?.keyVersion ?? null,
    master?.transaction ?? null,
    staged?.transaction ?? null,
    staged?.checkValue ?? null,
  ]
}

function slotsOf(value: CborValue | undefined): readonly SlotReport[] {
  if (!Array.isArray(value)) throw fault('slots are not a list')
  const slots = (value as readonly CborValue[]).map(reportOf)
  if (slots.some(({ slot }, at) => slot <= (slots[at - 1]?.slot ?? -1))) throw fault('slots out of order')
  return slots
}

function reportOf(row: CborValue): SlotReport {
  if (!Array.isArray(row) || row.length !== 7) throw fault('a slot has other elements')
  const [slot, value, letter, keyVersion, transaction, stagedTransaction, stagedValue] =
    row as readonly CborValue[]
  const noMaster = value === null
  if (noMaster !== (letter === null) || noMaster !== (keyVersion === null)) throw fault('half a key')
  if ((noMaster && transaction !== null) || (stagedTransaction === null) !== (stagedValue === null))
    throw fault('half a key')
  return {
    slot: slotOf(slot),
    ...(!noMaster && {
      master: {
        algorithm: algorithmOf(letter),
        checkValue: bytesOf(value, CHECK_VALUE_BYTES),
        keyVersion: textOf(keyVersion),
        ...(transaction !== null && { transaction: bytesOf(transaction, TRANSACTION_BYTES) }),
      },
    }),
    ...(stagedTransaction !== null && {
      staged: {
        transaction: bytesOf(stagedTransaction, TRANSACTION_BYTES),
        checkValue: bytesOf(stagedValue, CHECK_VALUE_BYTES),
      },
    }),
  }
}

/** Letter of the algorithm in a key block: ANSI X9.143 has none for SM4, and `4` is ours. */
export const algorithmLetters: { readonly [A in MasterAlgorithm]: string } = { TDES: 'T', SM4: '4' }

const kinds = Object.keys(numbers) as readonly LoadMessage['kind'][]

function algorithmOf(letter: CborValue | undefined): MasterAlgorithm {
  if (letter === algorithmLetters.TDES) return 'TDES'
  if (letter === algorithmLetters.SM4) return 'SM4'
  throw fault('no such algorithm')
}

function slotOf(value: CborValue | undefined): number {
  if (typeof value !== 'number' || !isSlotNumber(value)) throw fault('no such slot')
  return value
}

function textOf(value: CborValue | undefined): string {
  if (typeof value !== 'string') throw fault('wants text')
  return value
}

function bytesOf(value: CborValue | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw fault(`wants ${length} bytes`)
  return value
}

function codeOf<Code extends string>(codes: readonly Code[], value: CborValue | undefined): Code {
  const code = codes.find((known) => known === value)
  if (code === undefined) throw fault('no such code')
  return code
}

function fault(why: string): WireError {
  return new WireError('load', 0, why)
}
