import { type TransactionName, transactions } from '../../host-link/wire/transaction.ts'
import { FEN_MAX } from '../../host-link/wire/values.ts'
import { count, flag, type Kind, row as parameterRow, type Row } from './kinds.ts'

/** 交易功能: what of a function the acquirer decides for a merchant. */
export interface FunctionRule {
  /** Whether the merchant has it at all. */
  readonly enabled: boolean
  /** 主管授权: asks for the supervisor's password. */
  readonly supervisor: boolean
  /** 手输卡号: the card number may be typed by hand. */
  readonly typed: boolean
  /** 单笔限额. */
  readonly limitFen: number
}
export type FunctionName = Extract<
  TransactionName,
  | 'sale' | 'voidSale' | 'refund' | 'balanceEnquiry'
  | 'preauth' | 'preauthVoid' | 'completion' | 'completionVoid' | 'completionAdvice'
  | 'instalment' | 'instalmentVoid' | 'pointsSale' | 'pointsVoid' | 'pointsEnquiry'
  | 'topUp' | 'accountTopUp' | 'topUpVoid' | 'activation' | 'pinChange'
  | 'cashSale' | 'cashVoid' | 'billPayment' | 'transfer' | 'serviceInfo'
  | 'billCash'
> // biome-ignore format: one line a family

const yes = true
const no = false
const row = (enabled: boolean, supervisor: boolean, typed: boolean, limitFen: number): FunctionRule => ({
  enabled,
  supervisor,
  typed,
  limitFen,
})

// biome-ignore format: one row a function
export const functionTable: { readonly [Name in FunctionName]: FunctionRule } = {
  //                    has  supervisor typed limit
  sale:             row(yes, no,        no,   FEN_MAX),
  voidSale:         row(yes, yes,       no,   FEN_MAX),
  refund:           row(yes, yes,       no,   FEN_MAX),
  balanceEnquiry:   row(yes, no,        no,   FEN_MAX),
  preauth:          row(yes, no,        no,   FEN_MAX),
  preauthVoid:      row(yes, yes,       no,   FEN_MAX),
  completion:       row(yes, no,        no,   FEN_MAX),
  completionVoid:   row(yes, yes,       no,   FEN_MAX),
  completionAdvice: row(yes, no,        yes,  FEN_MAX),
  instalment:       row(yes, no,        no,   FEN_MAX),
  instalmentVoid:   row(yes, yes,       no,   FEN_MAX),
  pointsSale:       row(yes, no,        no,   FEN_MAX),
  pointsVoid:       row(yes, yes,       no,   FEN_MAX),
  pointsEnquiry:    row(yes, no,        no,   FEN_MAX),
  topUp:            row(yes, no,        no,   500_000),
  accountTopUp:     row(yes, no,        no,   500_000),
  topUpVoid:        row(yes, yes,       no,   500_000),
  activation:       row(yes, no,        no,   500_000),
  pinChange:        row(yes, no,        no,   FEN_MAX),
  cashSale:         row(yes, no,        no,   FEN_MAX),
  cashVoid:         row(yes, yes,       no,   FEN_MAX),
  billPayment:      row(yes, no,        no,   FEN_MAX),
  transfer:         row(yes, no,        no,   500_000),
  serviceInfo:      row(yes, no,        no,   FEN_MAX),
  billCash:         row(yes, no,        no,   FEN_MAX),
}

export type Functions = { readonly [Name in FunctionName]: FunctionRule }

// biome-ignore format: one row a column of the table above
const columns = {
  enabled:    { offset: 0, zh: '开通',   en: 'on'         },
  supervisor: { offset: 1, zh: '需主管', en: 'supervisor' },
  typed:      { offset: 2, zh: '可手输', en: 'typed card' },
  limitFen:   { offset: 3, zh: '限额(分)', en: 'limit (fen)' },
} as const

/** Numbers on flash of the functions' parameters: from here four for each, in the order of the table. Only add at its end. */
const NUMBER_FIRST = 100

/** Rows of the parameters `sale.enabled`, `sale.supervisor` … for the table of parameters. */
export function functionParameters(): { readonly [name: string]: Row<Kind> } {
  const rows: { [name: string]: Row<Kind> } = {}
  const names = Object.keys(functionTable) as FunctionName[]
  for (const [index, name] of names.entries())
    for (const column of Object.keys(columns) as (keyof typeof columns)[]) {
      const { offset, zh, en } = columns[column]
      const value = functionTable[name][column]
      const kind = typeof value === 'boolean' ? flag(value) : count(value, 1, FEN_MAX)
      // What costs a merchant more control than before is the acquirer's to say.
      const by = column === 'limitFen' || column === 'supervisor' ? 'administrator' : 'acquirer'
      const { zh: nameZh, en: nameEn } = transactions[name]
      const number = NUMBER_FIRST + 4 * index + offset
      rows[`${name}.${column}`] = parameterRow(number, kind, by, false, `${nameZh}${zh}`, `${nameEn}: ${en}`)
    }
  return rows
}

/** The rules of all functions, with what the parameters change. The values were checked before. */
export function functionsOf(given: { readonly [name: string]: unknown }): Functions {
  const rules: { [name: string]: FunctionRule } = {}
  for (const name of Object.keys(functionTable) as FunctionName[]) {
    const changes: { [column: string]: unknown } = {}
    for (const column of Object.keys(columns)) {
      const value = given[`${name}.${column}`]
      if (value !== undefined) changes[column] = value
    }
    rules[name] = { ...functionTable[name], ...changes }
  }
  return rules as Functions
}
