import { WireError } from './message.ts'

/**
 * 状态上送 field 62 of a status upload: two digits of tag and a value of fixed width each, in this order, 127 characters
 * together. The tags from 12 on are those of the parameter download (`download.ts`), without telephone
 * numbers.
 */
// biome-ignore format: one row a value
export const STATUS_RECORD = [
  //  tag   name                 width form
  row('01', 'printer',           1,    /^\d$/),       // 0 in order, else what is wrong with it
  row('02', 'reader',            1,    /^\d$/),
  row('03', 'keypad',            1,    /^\d$/),
  row('04', 'display',           1,    /^\d$/),
  row('05', 'line',              1,    /^\d$/),
  row('11', 'device',            60,   /^[ -~]{60}$/), // model, program, serial: blanks behind them
  row('12', 'answerTimeout',     2,    /^\d{2}$/),
  row('13', 'redials',           1,    /^\d$/),
  row('18', 'tips',              1,    /^[01]$/),
  row('19', 'tipPercent',        2,    /^\d{2}$/),
  row('20', 'manualEntry',       1,    /^[01]$/),
  row('21', 'automaticSignOff',  1,    /^[01]$/),
  row('23', 'retries',           1,    /^\d$/),
  row('25', 'masterKeyIndex',    1,    /^\d$/),
  row('27', 'functions',         8,    /^[0-9A-F]{8}$/), // the bits of tag 26 as hex digits
  row('51', 'use',               12,   /^\d{12}$/),   // hours on (4), dials (5), of a thousand that succeeded (3)
] as const

export const STATUS_RECORD_CHARACTERS = 127

export type StatusName = (typeof STATUS_RECORD)[number]['name']
export type StatusRecord = { readonly [Name in StatusName]: string }

function row<Name extends string>(tag: string, name: Name, width: number, form: RegExp) {
  return { tag, name, width, form }
}

/** The values by name. Throws a WireError for a record of any other length, order or form. */
export function parseStatusRecord(text: string): StatusRecord {
  if (text.length !== STATUS_RECORD_CHARACTERS)
    throw new WireError('field.62', 0, `wants ${STATUS_RECORD_CHARACTERS} characters, got ${text.length}`)
  const values: { [name: string]: string } = {}
  let at = 0
  for (const { tag, name, width, form } of STATUS_RECORD) {
    const value = text.slice(at + 2, at + 2 + width)
    if (text.slice(at, at + 2) !== tag || !form.test(value))
      throw new WireError('field.62', at, `wants tag ${tag}, ${name}`)
    values[name] = value
    at += 2 + width
  }
  return values as StatusRecord
}

/** The record of these values. Throws a WireError for one that is none of its row. */
export function statusRecord(values: StatusRecord): string {
  return STATUS_RECORD.map(({ tag, name, form }) => {
    if (!form.test(values[name])) throw new WireError('field.62', 0, `${name} is none`)
    return tag + values[name]
  }).join('')
}
