import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { COMMAND, encodeMessageArgument } from '../../../host-link/wire/tms/command.ts'
import { parameterRow } from '../../../terminal/parameter/table.ts'
import { makeRelease, makeSet } from '../../rig/update-documents.ts'
import { makeWhole, type Whole } from '../../rig/update-whole.ts'

const last = ({ service }: Whole) => service.reports.at(-1)

describe('an update from order to confirmation, with nothing left out', () => {
  it('told, downloaded while a sale is made, prompted, tried, confirmed; the service hears each step signed', async () => {
    const till = makeWhole()
    till.machine.powerOn()
    await till.toIdle()
    const release = makeRelease()
    till.service.fates.bytesPerSecond = 200
    till.service.want(release)
    till.service.tell()
    await till.see(/↓ \d+%/, 60_000)
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    till.service.fates.bytesPerSecond = 0
    await till.time.runUntil(() => last(till)?.download.state === 'verified', 120_000)
    expect(last(till)?.batch).toMatchObject({ count: 1 })
    expect((last(till)?.download.waiting ?? 0) & 1).toBe(1) // the batch
    await till.see(/有新版本/, 300_000)
    await till.press('1')
    await till.see(/确认:是/)
    await till.press('enter')
    await till.time.runUntil(() => till.starts.includes('new'), 200_000)
    await till.see(/已升级到 0\.2\.0/, 120_000)
    await till.time.runUntil(() => last(till)?.last?.end === 'confirmed', 120_000)
    expect(last(till)?.running).toMatchObject({ version: '0.2.0', place: 'a', trial: false })
    expect(till.starts).toEqual(['factory', 'new'])
  })

  it('story: true version after fallback: a release that crashes → reverted, reported with its code and the version that runs; not tried again', async () => {
    const till = makeWhole(() => 'crashes')
    till.service.want(makeRelease())
    till.machine.powerOn()
    await till.see(/升级未成功\s+继续使用 0\.1\.0\s+代码 17/, 900_000)
    await till.time.runUntil(() => last(till)?.last?.end === 'reverted', 120_000)
    expect(last(till)?.last?.code).toBe(CODE.tries)
    expect(last(till)?.running.version).toBe('0.1.0')
    await till.time.advance(3_600_000)
    expect(till.starts.filter((name) => name === 'new')).toHaveLength(3)
  })

  it('a parameter set and a message: in force, read, and both in the report; asked for once', async () => {
    const till = makeWhole()
    till.machine.powerOn()
    await till.toIdle()
    const limit = parameterRow('amountMaxFen')?.number ?? 0
    const store = parameterRow('storeNumberRequired')?.number ?? 0
    const set = makeSet({
      effective: 0,
      values: new Map([
        [limit, 50_000],
        [store, 1],
      ]),
    })
    till.service.wantSets(set.envelope)
    const argument = encodeMessageArgument({ number: 3, zh: '周五维护', en: 'Friday' })
    till.service.desire.commands = [{ id: 1, kind: COMMAND.message, argument }]
    till.service.tell()
    await till.time.runUntil(() => (last(till)?.parameters.pseq ?? 0) > 0, 600_000)
    expect(last(till)?.parameters).toMatchObject({ pseq: set.set.seq, code: 0 })
    await till.toIdle()
    await till.time.runUntil(() => (last(till)?.commandResults.length ?? 0) > 0, 60_000)
    expect(last(till)?.commandResults).toMatchObject([{ id: 1, code: 0 }])
    expect(till.screen()).toMatch(/有新服务信息/)
    const asked = till.service.gets.length
    await till.time.advance(3_600_000)
    expect(till.service.gets.length).toBe(asked)
  })
})
