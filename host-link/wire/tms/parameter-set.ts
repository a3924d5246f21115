import { DOCUMENT_TYPE, document, HASH_BYTES, type Head, SERIAL_CHARACTERS_MAX } from './head.ts'
import {
  ascii,
  binary,
  byNumber,
  either,
  orNull,
  readShape,
  type Shape,
  text,
  whole,
  writeShape,
} from './shape.ts'

/** 参数集: all parameters of one terminal. `seq` is the set's number of that terminal, pseq. */
export interface ParameterSet extends Head {
  readonly serial: string
  /** Version of the table of parameters that it was made for. */
  readonly schema: number
  /** Unix seconds from which it is to be in force; 0: at once. */
  readonly effective: number
  /** By number of the parameter; a flag is 0 or 1. What is not in it has its default. */
  readonly values: ReadonlyMap<number, number | string>
  /** SHA-256 of the program that it needs; null: any. */
  readonly needsProgram: Uint8Array | null
  /** What was changed at the terminal: 0 stays, 1 is written over. */
  readonly drift: number
  /** SHA-256 of the set that it was made from; null: none. */
  readonly base: Uint8Array | null
}

/** Longest set with its envelope. */
export const PARAMETER_SET_BYTES_MAX = 16_384
const hash = orNull(binary(HASH_BYTES))

const setShape: Shape<ParameterSet> = document<ParameterSet>(DOCUMENT_TYPE.parameters, {
  serial: [6, ascii(SERIAL_CHARACTERS_MAX)],
  schema: [7, whole(65_535, 1)],
  effective: [8, whole()],
  values: [9, byNumber(either(whole(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER), text(2_048)), 512)],
  needsProgram: [10, hash],
  drift: [11, whole(1)],
  base: [12, hash],
})

/** Throws a WireError. */
export const decodeParameterSet = (payload: Uint8Array): ParameterSet =>
  readShape(setShape, 'parameters', payload, PARAMETER_SET_BYTES_MAX)
/** Throws a WireError for a set that would not be read. */
export const encodeParameterSet = (set: ParameterSet): Uint8Array =>
  writeShape(setShape, 'parameters', set, PARAMETER_SET_BYTES_MAX)
