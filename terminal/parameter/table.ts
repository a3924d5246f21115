/**
 * 参数表: every parameter that changes how the terminal behaves, with its type, default and range. The values come
 * with the device's set-up (`device.info.setup().parameters`); what is not given has its default.
 */
interface Flag {
  readonly type: 'flag'
  readonly initial: boolean
}
interface Count {
  readonly type: 'count'
  readonly initial: number
  readonly min: number
  readonly max: number
}
interface Choice<C extends string> {
  readonly type: 'choice'
  readonly initial: C
  readonly choices: readonly C[]
}
interface Words {
  readonly type: 'text'
  readonly initial: string
  readonly lengthMax: number
}
type Row = Flag | Count | Choice<string> | Words

const flag = (initial: boolean): Flag => ({ type: 'flag', initial })
const count = (initial: number, min: number, max: number): Count => ({ type: 'count', initial, min, max })
const choice = <C extends string>(initial: C, ...others: C[]): Choice<C> => ({
  type: 'choice',
  initial,
  choices: [initial, ...others],
})
const words = (initial: string, lengthMax: number): Words => ({ type: 'text', initial, lengthMax })

// biome-ignore format: one row a parameter
export const parameterTable = {
  locale:                choice('zh', 'en'),           // 语言 at start
  storeNumberRequired:   flag(false),                  // 集中收银: the merchant is a mall, 门店编号 is asked first
  cashierLogOn:          choice('automatic', 'ask'),   // 柜员登录 at start: cashier 01 by itself, or ask
  autoSignOn:            flag(true),                   // 自动签到 at start and when a transaction needs it
  chipCardSwipe:         choice('accept', 'refuse'),   // a stripe with service code 2xx/6xx
  luhnExemptPrefixes:    words('62226000', 200),       // member-card ranges without check digit, with commas;
                                                       // the default is the range of the demonstration cards
  pinBypass:             flag(true),                   // 免密: enter with no digit is taken
  amountMaxFen:          count(999_999_999_999, 1, 999_999_999_999), // 单笔限额
  connectTimeoutSeconds: count(10, 1, 60),
  answerTimeoutSeconds:  count(60, 5, 120),            // 应答超时
  inputTimeoutSeconds:   count(60, 10, 600),           // an operator who does nothing
  pinTimeoutSeconds:     count(60, 10, 300),
  noticeSeconds:         count(5, 1, 60),              // how long a message stands
  reversalAttempts:      count(3, 1, 9),               // 冲正次数 before the terminal stops selling
  reversalRetrySeconds:  count(20, 5, 600),            // between attempts at idle, doubled up to 16 times this
  receiptCopies:         choice('2', '1'),             // 打印联数
} as const satisfies Record<string, Row>

export type Parameters = {
  readonly [Name in keyof typeof parameterTable]: (typeof parameterTable)[Name] extends Choice<infer C>
    ? C
    : (typeof parameterTable)[Name] extends Flag
      ? boolean
      : (typeof parameterTable)[Name] extends Count
        ? number
        : string
}

/**
 * The parameters of a set-up, or one sentence that names the first value that the table refuses. Used by the
 * terminal at start and by whoever writes a set-up.
 */
export function readParameters(given: {
  readonly [name: string]: unknown
}):
  | { readonly kind: 'parameters'; readonly parameters: Parameters }
  | { readonly kind: 'wrong'; readonly why: string } {
  const table: { readonly [name: string]: Row } = parameterTable
  for (const name of Object.keys(given)) {
    const row = Object.keys(table).includes(name) ? table[name] : undefined
    if (row === undefined) return { kind: 'wrong', why: `parameter ${name} is not known` }
    const wants = refused(row, given[name])
    if (wants !== undefined) return { kind: 'wrong', why: `parameter ${name} must be ${wants}` }
  }
  const values: { [name: string]: unknown } = {}
  for (const name of Object.keys(table)) values[name] = given[name] ?? table[name]?.initial
  return { kind: 'parameters', parameters: values as Parameters }
}

/** What the row wants, when `value` is not that. */
function refused(row: Row, value: unknown): string | undefined {
  switch (row.type) {
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'count':
      return typeof value === 'number' && Number.isInteger(value) && value >= row.min && value <= row.max
        ? undefined
        : `a whole number from ${row.min} to ${row.max}`
    case 'choice':
      return typeof value === 'string' && row.choices.includes(value) ? undefined : row.choices.join(' or ')
    case 'text':
      return typeof value === 'string' && value.length <= row.lengthMax
        ? undefined
        : `text of at most ${row.lengthMax} characters`
  }
}
