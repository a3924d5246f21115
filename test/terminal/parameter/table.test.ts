import { describe, expect, it } from 'vitest'
import { choiceWords } from '../../../terminal/parameter/choice-words.ts'
import { type FunctionName, functionsOf, functionTable } from '../../../terminal/parameter/functions.ts'
import {
  parameterNames,
  parameterNumbered,
  parameterRow,
  parameterTable,
  readParameters,
} from '../../../terminal/parameter/table.ts'

describe('parameters 参数', () => {
  it('nothing given → every parameter has its default', () => {
    const read = readParameters({})
    if (read.kind !== 'parameters') throw new Error(read.why)
    for (const [name, row] of Object.entries(parameterTable))
      expect(read.parameters, name).toHaveProperty(name, row.kind.initial)
  })
  it('every default is a value that its own row takes', () => {
    for (const [name, row] of Object.entries(parameterTable))
      expect(readParameters({ [name]: row.kind.initial }).kind, name).toBe('parameters')
  })
  it('every value of a choice → has a word for the administrator', () => {
    const values = Object.values(parameterTable).flatMap(({ kind }) =>
      kind.type === 'choice' ? [...kind.choices] : [],
    )
    expect(values.filter((value) => choiceWords[value] === undefined)).toEqual([])
    expect(Object.keys(choiceWords).sort()).toEqual([...values].sort())
  })
  it('every parameter has its own number', () => {
    const numbers = parameterNames.map((name) => parameterRow(name)?.number ?? 0)
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const number of numbers) expect(parameterNumbered(number)).toBeDefined()
  })
  it('the functions have four parameters each, with defaults that are taken and ranges that are not left', () => {
    const names = Object.keys(functionTable) as FunctionName[]
    for (const name of names)
      for (const column of ['enabled', 'supervisor', 'typed', 'limitFen'])
        expect(parameterRow(`${name}.${column}`), `${name}.${column}`).toBeDefined()
    expect(functionsOf({})).toEqual(functionTable)
    expect(functionsOf({ 'refund.enabled': false, 'sale.limitFen': 500 })).toMatchObject({
      refund: { enabled: false, supervisor: true },
      sale: { enabled: true, limitFen: 500 },
    })
    expect(readParameters({ 'refund.enabled': 1 })).toMatchObject({ kind: 'wrong' })
    expect(readParameters({ 'sale.limitFen': 0 })).toMatchObject({ kind: 'wrong' })
    expect(readParameters({ 'sale.color': true })).toMatchObject({ kind: 'wrong' })
    expect(readParameters({ 'sale.enabled.more': true })).toMatchObject({ kind: 'wrong' })
  })
  const wrong: [why: string, given: { [name: string]: unknown }][] = [
    ['parameter storeNumberrequired is not known', { storeNumberrequired: true }],
    ['parameter toString is not known', { toString: 1 }],
    ['parameter storeNumberRequired must be true or false', { storeNumberRequired: 'yes' }],
    ['parameter answerTimeoutSeconds must be a whole number from 5 to 120', { answerTimeoutSeconds: 4 }],
    ['parameter answerTimeoutSeconds must be a whole number from 5 to 120', { answerTimeoutSeconds: 60.5 }],
    ['parameter locale must be zh or en', { locale: 'fr' }],
  ]
  it.each(wrong)('%s', (why, given) => {
    expect(readParameters(given)).toEqual({ kind: 'wrong', why })
  })
})
