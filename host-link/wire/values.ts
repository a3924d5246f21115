/** Brands for what must not be mixed, and the one function each that checks and makes them. */
export type Brand<T, B extends string> = T & { readonly brand: B }

/** 金额 amount in integer fen, 0 to 999,999,999,999 (field 4 holds twelve digits). */
export type Fen = Brand<number, 'Fen'>
/** 主账号 primary account number, 12 to 19 digits. */
export type Pan = Brand<string, 'Pan'>
/** 流水号 system trace number, 1 to 999999. */
export type Trace = Brand<number, 'Trace'>
/** 批次号 batch number, 1 to 999999. */
export type BatchNumber = Brand<number, 'BatchNumber'>
/** 门店编号 store number: 4 to 8 digits, leading zeros count. */
export type StoreNumber = Brand<string, 'StoreNumber'>

export const FEN_MAX = 999_999_999_999
export const TRACE_MAX = 999_999

function check(ok: boolean, what: string): void {
  if (!ok) throw new RangeError(what)
}

export function asFen(fen: number): Fen {
  check(Number.isSafeInteger(fen) && fen >= 0 && fen <= FEN_MAX, 'amount: integer fen, 0 to 999999999999')
  return fen as Fen
}
export function asPan(digits: string): Pan {
  check(/^\d{12,19}$/.test(digits), 'PAN: 12 to 19 digits')
  return digits as Pan
}
export function asTrace(trace: number): Trace {
  check(Number.isInteger(trace) && trace >= 1 && trace <= TRACE_MAX, 'trace: 1 to 999999')
  return trace as Trace
}
export function asBatchNumber(batch: number): BatchNumber {
  check(Number.isInteger(batch) && batch >= 1 && batch <= TRACE_MAX, 'batch number: 1 to 999999')
  return batch as BatchNumber
}
export function asStoreNumber(digits: string): StoreNumber {
  check(/^\d{4,8}$/.test(digits), 'store number: 4 to 8 digits')
  return digits as StoreNumber
}

/** Six digits, zero-filled: fields 11 and 60.2. */
export function sixDigits(value: Trace | BatchNumber): string {
  return String(value).padStart(6, '0')
}
/** Twelve digits, zero-filled: field 4. */
export function twelveDigits(amount: Fen): string {
  return String(amount).padStart(12, '0')
}
