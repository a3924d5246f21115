import { describe, expect, it } from 'vitest'
import { parameterTable, readParameters } from '../../../terminal/parameter/table.ts'

describe('parameters 参数', () => {
  it('nothing given → every parameter has its default', () => {
    const read = readParameters({})
    if (read.kind !== 'parameters') throw new Error(read.why)
    for (const [name, row] of Object.entries(parameterTable))
      expect(read.parameters, name).toHaveProperty(name, row.initial)
  })
  it('every default is a value that its own row takes', () => {
    for (const [name, row] of Object.entries(parameterTable))
      expect(readParameters({ [name]: row.initial }).kind, name).toBe('parameters')
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
