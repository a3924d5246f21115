import { describe, expect, it } from 'vitest'
import { codeRows } from '../../../../host-link/wire/tms/code-words.ts'
import { CODE, DOWNLOAD_STATES, WAITING } from '../../../../host-link/wire/tms/codes.ts'
import { downloadStates } from '../../../../host-link/wire/tms/states.ts'

describe('代码 codes', () => {
  it('are 0 to 33, each once, and each has its words', () => {
    const numbers = Object.values(CODE)
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 34 }, (_, code) => code))
    expect(codeRows.map(({ code }) => code)).toEqual([...numbers])
    for (const words of ['zh', 'en'] as const)
      expect(new Set(codeRows.map((row) => row[words])).size).toBe(codeRows.length)
  })

  it('keep the numbers that reports of the field have: a change here breaks old reports', () => {
    expect(Object.entries(CODE).map(([name, code]) => `${code} ${name}`)).toEqual([
      ...['0 ok', '1 signature', '2 expired', '3 wrongModel', '4 wrongTenant', '5 counterLow', '6 seqLow'],
      ...[
        '7 runtime',
        '8 parameterSchema',
        '9 journalLayout',
        '10 noSpace',
        '11 baseMissing',
        '12 indexWrong',
      ],
      ...['13 blockWrong', '14 unpackWrong', '15 programWrong', '16 flashFault', '17 tries', '18 hang'],
      ...['19 healthJournal', '20 healthKeys', '21 healthParameters', '22 healthSelfTest', '23 healthBatch'],
      ...['24 deferredByUser', '25 cancelled', '26 notForMe', '27 parameterUnknown', '28 parameterValue'],
      ...['29 needsProgram', '30 linkLost', '31 timeout', '32 requiredVersion', '33 malformed'],
    ])
  })
})

describe('下载状态 states', () => {
  it('have one row each, in the order of their numbers', () => {
    expect(downloadStates.map(({ state }) => state)).toEqual([...DOWNLOAD_STATES])
  })

  it('from each of them a confirmed program can be reached, and only a trial is confirmed', () => {
    const before = downloadStates.filter(({ then }) => then.includes('confirmed')).map(({ state }) => state)
    expect(before).toEqual(['trial'])
    for (const { state } of downloadStates) {
      const seen = new Set([state])
      for (const from of seen)
        for (const next of downloadStates.find((row) => row.state === from)?.then ?? []) seen.add(next)
      expect(seen.has('confirmed'), state).toBe(true)
    }
  })
})

it('what a program waits for is one bit each', () => {
  expect(Object.values(WAITING)).toEqual([1, 2, 4, 8, 16, 32, 64])
})
