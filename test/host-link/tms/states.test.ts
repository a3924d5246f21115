import { describe, expect, test } from 'vitest'
import { isLogLacking } from '../../../host-link/tms/states.ts'
import { logText } from '../../../scripts/commands/tms-watch.ts'

describe('a log 日志 whose pieces nobody acknowledges', () => {
  const size = 9_000
  const asked = {
    ...{ id: 1, serial: 'SK000001', kind: 'log' as const, order: { kind: 'log', bytes: size } as const },
    ...{ by: 'anna', time: 1, state: 'done' as const },
  }
  // biome-ignore format: one row a case
  const cases = [
    ['done, every byte is here → it is whole',                  { log: { bytes: size, size } },                             false, '9000 of 9000 bytes'],
    ['done, a piece was lost → lacking, ask again',             { log: { bytes: 4_904, size } },                            true,  '没有收齐 4904 of 9000 bytes: ask again'],
    ['done, its one message was lost → lacking, ask again',     {},                                                         true,  '没有收齐 nothing: ask again'],
    ['told, pieces are on their way → not lacking yet',         { state: 'sent' as const, log: { bytes: 4_096, size } },    false, '4096 of 9000 bytes'],
    ['not told yet → not lacking yet',                          { state: 'waiting' as const },                              false, ''],
    ['the terminal refused it → it says so itself',             { state: 'failed' as const, code: 26 },                     false, ''],
  ] as const
  test.each(cases)('%s', (_title, change, lacking, text) => {
    const command = { ...asked, ...change }
    expect(isLogLacking(command)).toBe(lacking)
    expect(logText(command)).toBe(text)
  })

  test('another command that is done → no log is missed', () => {
    expect(isLogLacking({ kind: 'report', state: 'done' })).toBe(false)
  })
})
