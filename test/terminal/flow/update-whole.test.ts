import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { COMMAND, encodeMessageArgument } from '../../../host-link/wire/tms/command.ts'
import { parameterRow } from '../../../terminal/parameter/table.ts'
import { openReady } from '../../rig/flash-run.ts'
import { makeTill } from '../../rig/till.ts'
import { makeRelease, makeSet } from '../../rig/update-documents.ts'
import { makeWhole, type Whole } from '../../rig/update-whole.ts'

const last = ({ service }: Whole) => service.reports.at(-1)

/** In which layout the journal stood when the new program began. */
function toOlderLayout(runs: 'well' | 'crashes') {
  const formats: number[] = []
  const till = makeWhole(() => {
    formats.push(openReady(till.copyOfChip()).format())
    return runs
  })
  const journal = { readsMin: 1, readsMax: 1, writes: 1, reversible: true }
  const release = makeRelease({ over: { journal, policy: { ...EASY, allowOpenBatch: true } } })
  return { till, release, formats }
}
const EASY = { class: 0, earliest: 0, deadline: 0, needsSettlement: false }

describe('G05 back to a program that reads only the older layout of the journal', () => {
  for (const [runs, told] of [
    ['well', /已升级到 0\.2\.0/],
    ['crashes', /升级未成功\s+继续使用 0\.1\.0\s+代码 17/],
  ] as const)
    it(`it runs ${runs}: waits for the settlement, finds the older layout at each of its starts; then the journal is of ours again and sells`, async () => {
      const { till, release, formats } = toOlderLayout(runs)
      till.machine.powerOn()
      await till.toIdle()
      await till.order()
      await till.see(/交易成功/)
      await till.toIdle()
      till.service.desire.policy = { allowOpenBatch: true }
      till.service.want(release)
      till.service.tell()
      await till.time.runUntil(() => last(till)?.download.state === 'verified', 120_000)
      await till.see(/有新版本/, 300_000)
      expect(till.screen()).toMatch(/结算并升级/)
      await till.press('1')
      await till.see(/确认:是/)
      await till.press('enter')
      await till.see(told, 1_200_000)
      expect(formats).toEqual(runs === 'well' ? [1] : [1, 1, 1])
      await till.press('enter')
      await till.toIdle()
      expect(openReady(till.copyOfChip()).format()).toBe(2)
      await till.order()
      await till.see(/交易成功/)
    })
})

describe('a journal that stays in the older layout', () => {
  it('the chip takes nothing when it is to be brought to ours → every sale refused with 存储故障, not without a word', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.toIdle()
    till.machine.powerOff()
    till.chip.repower()
    expect(openReady(till.chip).bringTo(1)).toBe('written')
    const all = { from: 0, count: Number.POSITIVE_INFINITY, effect: 'none' } as const
    till.chip.failures([
      { ...all, of: 'program' },
      { ...all, of: 'erase' },
    ])
    till.machine.powerOn()
    await till.see(/存储故障/, 60_000)
    await till.press('1')
    await till.see(/存储故障[\s\S]*未扣款/)
  })
})

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
