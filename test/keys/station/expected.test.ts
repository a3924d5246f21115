import { describe, expect, it } from 'vitest'
import { readExpectedCsv } from '../../../keys/station/expected.ts'
import { done, enrolTwo, row, stations } from './rig.ts'

const use = stations()

describe('预期终端清单 the list of expected terminals', () => {
  it('reads columns in any order, defaults for slot and algorithm, quotes, semicolons, CRLF and a BOM', () => {
    const text = '\uFEFFslot;Serial;TERMINALID;algorithm\r\n3;"SN;1";00000001;sm4\r\n\r\n;SN2;;\r\n'
    expect(readExpectedCsv(text)).toEqual({
      kind: 'rows',
      rows: [
        { line: 2, serial: 'SN;1', terminalId: '00000001', slot: 3, algorithm: 'SM4' },
        { line: 4, serial: 'SN2', terminalId: undefined, slot: 1, algorithm: 'TDES' },
      ],
    })
  })

  it.each([
    ['no serial column', 'number,slot\nSN1,0', 1, /names the columns/],
    ['a column twice', 'serial,serial\nSN1,SN1', 1, /names the columns/],
    ['an empty file', '', 1, /names the columns/],
    ['too few cells', 'serial,slot\nSN1', 2, /wants 2 cells, has 1/],
    ['an open quote', 'serial\n"SN1', 2, /quote/],
    ['a slot that is none', 'serial,slot\nSN1,0\nSN2,10', 3, /slot is 0 to 9/],
    ['a serial number with a blank', 'serial\nSN 1', 2, /serial number/],
    ['a serial number that is too long', `serial\n${'S'.repeat(21)}`, 2, /serial number/],
    ['a terminal number of seven', 'serial,terminalId\nSN1,1234567', 2, /8 letters/],
    ['another algorithm', 'serial,algorithm\nSN1,AES', 2, /TDES or SM4/],
    ['the same serial and slot twice', 'serial\nSN1\nSN2\nSN1', 4, /line 2 too/],
    ["another's terminal number", 'serial,terminalId\nSN1,00000001\nSN2,00000001', 3, /is SN1's too/],
  ])('%s → its line and why', (_, text, line, why) => {
    const read = readExpectedCsv(text)
    expect(read).toMatchObject({ kind: 'faults', faults: [{ line }] })
    if (read.kind === 'faults') expect(read.faults[0]?.why).toMatch(why)
  })

  it('all rows are taken or none; known ones are counted, changed ones are faults', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    expect(station.expect([row('SN1'), row('SN 2')])).toMatchObject({ kind: 'faults', faults: [{ line: 2 }] })
    expect(station.progress()).toEqual([])
    expect(station.expect([row('SN1'), row('SN2')])).toEqual({ kind: 'ok', added: 2, known: 0 })
    expect(station.expect([row('SN2'), row('SN3')])).toEqual({ kind: 'ok', added: 1, known: 1 })
    expect(station.expect([{ ...row('SN1'), algorithm: 'SM4' }])).toMatchObject({ kind: 'faults' })
    expect(station.expect([{ ...row('SN1'), terminalId: '00000001' }])).toMatchObject({ kind: 'faults' })
    expect(station.expect([])).toMatchObject({ why: 'nothing' })
    done(station.forget('SN3', 0))
    expect(station.forget('SN3', 0)).toMatchObject({ why: 'unknownSerial' })
    expect(station.view().counts.expected).toBe(2)
  })
})
