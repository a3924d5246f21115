/** 缴费机构: whose bills can be paid here. The customer's number has `min` to `max` digits. */
export interface Biller {
  /** Two digits, tag 04 of field 57. */
  readonly code: string
  readonly zh: string
  readonly en: string
  readonly min: number
  readonly max: number
}

const row = (code: string, zh: string, en: string, min: number, max: number): Biller => ({
  code,
  zh,
  en,
  min,
  max,
})

// biome-ignore format: one row a biller
export const billers: readonly Biller[] = [
  row('01', '电话费', 'Phone',       7,  12),
  row('02', '水费',   'Water',       6,  12),
  row('03', '电费',   'Electricity', 8,  13),
  row('04', '有线电视', 'TV',        8,  16),
]
