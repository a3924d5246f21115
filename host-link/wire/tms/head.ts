import { ascii, type Rows, record, type Shape, whole } from './shape.ts'

/** What every signed document begins with, keys 0 (format, 1) and 1 (its type) before it. */
export interface Head {
  /** Whose terminals it is for: ASCII, 1 to 16 characters. */
  readonly tenant: string
  /** Rises with each document of its kind; of a root the version, of a release its number. */
  readonly seq: number
  /** Unix seconds. */
  readonly created: number
  /** Unix seconds; from this second on nobody takes it. */
  readonly expires: number
}

export const TENANT_CHARACTERS_MAX = 16
export const SERIAL_CHARACTERS_MAX = 20
/** Bytes of a SHA-256. */
export const HASH_BYTES = 32

/** Number in key 1: no document can be taken for another, also where one key signs two kinds. */
export const DOCUMENT_TYPE = { root: 1, program: 2, parameters: 3, director: 4, report: 5 } as const

/** A document: the head and the rows of its kind. */
export function document<T extends Head>(type: number, rows: Rows<Omit<T, keyof Head>>): Shape<T> {
  const all = {
    tenant: [2, ascii(TENANT_CHARACTERS_MAX)],
    seq: [3, whole()],
    created: [4, whole()],
    expires: [5, whole()],
    ...rows,
  }
  return record(all as Rows<T>, [
    [0, 1],
    [1, type],
  ])
}
