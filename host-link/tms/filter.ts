/**
 * The language of filters 筛选: `model = A8 and (version != 1.2 or label = pilot) and not online = yes`. One parse checks a
 * text, makes the condition of a query, and judges one terminal.
 *
 *     filter := term ('or' term)*    term := factor ('and' factor)*    factor := 'not' factor | '(' filter ')' | test
 *     test   := field ('=' | '!=' | '<' | '<=' | '>' | '>=' | '~') value       `~`: contains
 */

type FieldType = 'text' | 'number' | 'yesNo' | 'label' | 'hours'

interface Field {
  readonly column: string
  readonly type: FieldType
  readonly zh: string
}

// biome-ignore format: one row a field
export const filterFields = {
  serial:       field('serial',         'text',   '序列号'),
  maker:        field('maker',          'text',   '厂商'),
  model:        field('model',          'text',   '型号'),
  acquirer:     field('acquirer',       'text',   '收单机构'),
  merchant:     field('merchant',       'text',   '商户编号'),
  merchantName: field('merchant_name',  'text',   '商户名称'),
  store:        field('store',          'text',   '门店编号'),
  terminalId:   field('terminal_id',    'text',   '终端编号'),
  address:      field('address',        'text',   '安装地址'),
  label:        field('labels',         'label',  '标签'),
  status:       field('status',         'text',   '状态'),
  online:       field('online',         'yesNo',  '在线'),
  version:      field('version',        'text',   '运行版本'),
  program:      field('program',        'text',   '程序摘要'),
  release:      field('release_hash',   'text',   '版本摘要'),
  place:        field('place',          'text',   '运行槽位'),
  counter:      field('counter',        'number', '安全计数'),
  trial:        field('trial',          'yesNo',  '试运行'),
  download:     field('download',       'text',   '下载状态'),
  code:         field('code',           'number', '结果代码'),
  percent:      field('percent',        'number', '进度'),
  parameters:   field('parameters',     'text',   '参数摘要'),
  parameterSeq: field('pseq',           'number', '参数序号'),
  drift:        field('drift',          'number', '本地修改'),
  batchCount:   field('batch_count',    'number', '批次笔数'),
  owed:         field('owed',           'number', '待冲正'),
  shard:        field('shard',          'number', '分片'),
  keyTrust:     field('key_trust',      'text',   '报告密钥来源'),
  silentHours:  field('presence_at',    'hours',  '失联小时'),
} as const satisfies Record<string, Field>

export type FilterField = keyof typeof filterFields

function field(column: string, type: FieldType, zh: string): Field {
  return { column, type, zh }
}

export const FILTER_LENGTH_MAX = 1000
const DEPTH_MAX = 20

const operators = ['=', '!=', '<=', '>=', '<', '>', '~'] as const
export type FilterOperator = (typeof operators)[number]

export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | {
      readonly kind: 'test'
      readonly field: FilterField
      readonly operator: FilterOperator
      readonly value: string | number
    }

/** What is wrong with a filter; `at` counts its characters from 0. */
export class FilterError extends Error {
  override readonly name = 'FilterError'
  readonly at: number
  constructor(at: number, why: string) {
    super(`filter, character ${at + 1}: ${why}`)
    this.at = at
  }
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'sign' | 'end'
  readonly text: string
  readonly at: number
}

/** The filter of a text; an empty one takes all. Throws `FilterError`. */
export function parseFilter(text: string): Filter {
  if (text.length > FILTER_LENGTH_MAX)
    throw new FilterError(FILTER_LENGTH_MAX, `more than ${FILTER_LENGTH_MAX} characters`)
  const tokens = tokensOf(text)
  if (tokens.length === 1) return { kind: 'all' }
  const reader = { tokens, at: 0 }
  const filter = anyOf(reader, 0)
  const rest = next(reader)
  if (rest.kind !== 'end') throw new FilterError(rest.at, `"${rest.text}" is not understood here`)
  return filter
}

interface Reader {
  readonly tokens: readonly Token[]
  at: number
}

const END: Token = { kind: 'end', text: '', at: 0 }
const peek = (reader: Reader): Token => reader.tokens[reader.at] ?? END

function next(reader: Reader): Token {
  const token = peek(reader)
  reader.at++
  return token
}

const isWord = (token: Token, word: string): boolean => token.kind === 'word' && token.text === word

function anyOf(reader: Reader, depth: number): Filter {
  return joined(reader, 'or', () => joined(reader, 'and', () => factor(reader, depth)))
}

function joined(reader: Reader, kind: 'and' | 'or', part: () => Filter): Filter {
  const first = part()
  const parts = [first]
  while (isWord(peek(reader), kind)) {
    next(reader)
    parts.push(part())
  }
  return parts.length === 1 ? first : { kind, parts }
}

function factor(reader: Reader, depth: number): Filter {
  const token = next(reader)
  if (depth > DEPTH_MAX) throw new FilterError(token.at, 'too deep')
  if (isWord(token, 'not')) return { kind: 'not', part: factor(reader, depth + 1) }
  if (token.kind === 'sign' && token.text === '(') {
    const inner = anyOf(reader, depth + 1)
    const close = next(reader)
    if (close.text !== ')' || close.kind !== 'sign') throw new FilterError(close.at, 'a ) is missing')
    return inner
  }
  return test(reader, token)
}

function test(reader: Reader, name: Token): Filter {
  if (name.kind !== 'word' || !isField(name.text))
    throw new FilterError(
      name.at,
      name.kind === 'end' ? 'it ends too early' : `there is no field "${name.text}"`,
    )
  const sign = next(reader)
  const operator = operators.find((known) => sign.kind === 'sign' && known === sign.text)
  if (operator === undefined) throw new FilterError(sign.at, `one of ${operators.join(' ')} is wanted`)
  const value = next(reader)
  if (value.kind !== 'word' && value.kind !== 'quoted') throw new FilterError(value.at, 'a value is wanted')
  return { kind: 'test', field: name.text, operator, value: wantedValue(name.text, operator, sign, value) }
}

function isField(name: string): name is FilterField {
  return Object.hasOwn(filterFields, name)
}

function wantedValue(
  name: FilterField,
  operator: FilterOperator,
  sign: Token,
  value: Token,
): string | number {
  const { type } = filterFields[name]
  const order = operator !== '=' && operator !== '!='
  if (type === 'number' || type === 'hours') {
    if (operator === '~') throw new FilterError(sign.at, `${name} is a number`)
    if (!/^-?\d{1,15}$/.test(value.text)) throw new FilterError(value.at, 'a whole number is wanted')
    return Number(value.text)
  }
  if (type === 'yesNo') {
    if (order) throw new FilterError(sign.at, `${name} is yes or no: = or !=`)
    if (value.text !== 'yes' && value.text !== 'no') throw new FilterError(value.at, 'yes or no is wanted')
    return value.text === 'yes' ? 1 : 0
  }
  // Databases order text each in its own way, and "1.10" is not after "1.9" in any.
  if (order && operator !== '~') throw new FilterError(sign.at, `${name} is text: =, != or ~`)
  if (type === 'label' && operator === '~') throw new FilterError(sign.at, 'a label is there or not: = or !=')
  if (operator === '~' && value.text === '') throw new FilterError(value.at, 'empty')
  return value.text
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = /\s+|"((?:[^"\\]|\\.)*)"|(!=|<=|>=|[=<>~()])|([^\s"=<>~()!]+)/y
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) throw new FilterError(at, `"${text[at]}" is not understood`)
    const [, quoted, sign, word] = match
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replace(/\\(.)/g, '$1'), at })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, at })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at })
  }
  return [...tokens, { ...END, at: text.length }]
}

/** A condition for WHERE; `?` is a value. `nowSeconds`: an SQL expression. */
export interface Condition {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

export function conditionOf(filter: Filter, nowSeconds: string): Condition {
  switch (filter.kind) {
    case 'all':
      return { sql: '1 = 1', values: [] }
    case 'not': {
      const { sql, values } = conditionOf(filter.part, nowSeconds)
      return { sql: `NOT (${sql})`, values }
    }
    case 'and':
    case 'or': {
      const parts = filter.parts.map((part) => conditionOf(part, nowSeconds))
      return {
        sql: parts.map(({ sql }) => `(${sql})`).join(filter.kind === 'and' ? ' AND ' : ' OR '),
        values: parts.flatMap(({ values }) => values),
      }
    }
    case 'test':
      return testCondition(filter, nowSeconds)
  }
}

function testCondition(
  { field: name, operator, value }: Extract<Filter, { kind: 'test' }>,
  nowSeconds: string,
): Condition {
  const { column, type } = filterFields[name]
  const compare = operator === '!=' ? '<>' : operator
  // Contains: both databases know `replace`, and neither its case rules nor wildcards get in the way.
  if (type === 'label')
    return {
      sql: `replace(${column}, ?, '') ${operator === '=' ? '<>' : '='} ${column}`,
      values: [`,${value},`],
    }
  if (operator === '~') return { sql: `replace(${column}, ?, '') <> ${column}`, values: [value] }
  // A terminal that was never seen has been silent for all hours since 1970.
  if (type === 'hours') return { sql: `(${nowSeconds} - ${column}) / 3600 ${compare} ?`, values: [value] }
  return { sql: `${column} ${compare} ?`, values: [value] }
}

/** What one terminal has, by column name; labels as `,a,b,`. */
export type FilterRow = { readonly [column: string]: string | number }

/** Whether a filter takes a terminal: the same as the condition in a database. */
export function takes(filter: Filter, row: FilterRow, now: number): boolean {
  switch (filter.kind) {
    case 'all':
      return true
    case 'not':
      return !takes(filter.part, row, now)
    case 'and':
      return filter.parts.every((part) => takes(part, row, now))
    case 'or':
      return filter.parts.some((part) => takes(part, row, now))
    case 'test': {
      const { column, type } = filterFields[filter.field]
      const held = row[column] ?? ''
      if (type === 'label') return String(held).includes(`,${filter.value},`) === (filter.operator === '=')
      if (filter.operator === '~') return String(held).includes(String(filter.value))
      const mine = type === 'hours' ? Math.trunc((now - Number(held)) / 3600) : held
      return compares(mine, filter.operator, filter.value)
    }
  }
}

function compares(a: string | number, operator: Exclude<FilterOperator, '~'>, b: string | number): boolean {
  if (operator === '=') return a === b
  if (operator === '!=') return a !== b
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}

/** A filter as text again, with what `parseFilter` wants quoted. */
export function filterText(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return ''
    case 'not':
      return `not (${filterText(filter.part)})`
    case 'and':
    case 'or':
      return filter.parts.map((part) => `(${filterText(part)})`).join(` ${filter.kind} `)
    case 'test': {
      const { type } = filterFields[filter.field]
      const shown = type === 'yesNo' ? (filter.value === 1 ? 'yes' : 'no') : String(filter.value)
      return `${filter.field} ${filter.operator} ${quoted(shown)}`
    }
  }
}

function quoted(text: string): string {
  return /^[^\s"=<>~()!\\]+$/.test(text) && !['and', 'or', 'not'].includes(text)
    ? text
    : `"${text.replace(/["\\]/g, '\\$&')}"`
}
