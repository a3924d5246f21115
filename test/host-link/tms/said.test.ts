import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inBoth, said } from '../../../host-link/tms/said.ts'

describe('what the service says of deployments, in both languages', () => {
  test.each([
    [
      said('failed', 3, 6, 2),
      '3 of 6 answered terminals failed, more than 2 %',
      '6 台已有结果，其中 3 台失败，超过 2 %',
    ],
    [
      said('unconfirmed', 1, 9, 95),
      'only 1 of 9 of the wave confirmed, fewer than 95 %',
      '本波 9 台只有 1 台确认，不足 95 %',
    ],
    [said('overdue', 12), 'the deadline has passed, not updated: 12', '截止已过，未更新 12 台'],
    [said('ofImport'), 'parameters of an import', '导入后的参数'],
    [said('ofTerminal', 'SN1'), 'parameters of SN1', '终端 SN1 的参数'],
    [said('ofLayer', 'product', 1), 'parameters product 1', '参数 产品 第 1 版'],
    [said('ofLayer', 'store:898/0001', 12), 'parameters store:898/0001 12', '参数 门店 898/0001 第 12 版'],
    [
      said('paused', said('ofLayer', 'product', 1), 2, said('failed', 1, 2, 3)),
      'parameters product 1: paused in wave 2, 1 of 2 answered terminals failed, more than 3 %',
      '参数 产品 第 1 版：在第 2 波暂停，2 台已有结果，其中 1 台失败，超过 3 %',
    ],
    [
      said('of', '全国', said('overdue', 2)),
      '全国: the deadline has passed, not updated: 2',
      '全国：截止已过，未更新 2 台',
    ],
    [said('withdrawn', 'bad'), 'the release was withdrawn: bad', '版本已撤回：bad'],
    [
      said('superseded', 7, said('ofTerminal', 'SN1')),
      'superseded by 7 parameters of SN1',
      '被下发 7“终端 SN1 的参数”取代',
    ],
  ])('%s', (kept, en, zh) => {
    expect(kept).toBe(en)
    expect(inBoth(kept)).toEqual({ en, zh })
  })

  test('what a person wrote → English as it stands, and read without end or fault', () => {
    expect(inBoth('anna: 太早')).toEqual({ en: 'anna: 太早', zh: 'anna: 太早' })
    expect(inBoth('1.2.0 to all')).toEqual({ en: '1.2.0 to all', zh: '1.2.0 to all' })
    fc.assert(
      fc.property(fc.string(), (text) => inBoth(text).en === text && typeof inBoth(text).zh === 'string'),
    )
  })
})
