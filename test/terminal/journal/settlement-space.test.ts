import { describe, expect, it } from 'vitest'
import { type FlashChip, makeFlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import type { FlashGeometry } from '../../../terminal/device/flash.ts'
import type { Journal } from '../../../terminal/journal/journal.ts'
import { bytesOf, viewOf } from '../../rig/flash-model.ts'
import { openReady } from '../../rig/flash-run.ts'

const PROGRESS_KEY = 90
const PROGRESS_TIMES = 1000

interface Mix {
  readonly intent: number
  readonly outcome: number
  /** How often the slip is marked. */
  readonly marks: number
  /** Entries that stay open until the settlement, at most. */
  readonly open: number
}

/** Sells until `open` says full; returns the trace numbers that are still open. */
function fill(journal: Journal, { intent, outcome, marks, open }: Mix): { opened: number; left: number[] } {
  const left: number[] = []
  for (let opened = 0; ; opened++) {
    const trace = journal.nextTrace()
    const answer = journal.open(1, bytesOf(intent, trace))
    if (answer !== 'written') {
      expect(answer).toBe('full')
      return { opened, left }
    }
    left.push(trace)
    if (left.length <= open) continue
    const settled = asTrace(left.shift() ?? 0)
    expect(journal.close(settled, 'approved', bytesOf(outcome, settled))).toBe('written')
    for (let mark = 0; mark < marks; mark++)
      expect(journal.markPrinted(settled, 1 << mark), 'slip').toBe('written')
  }
}

/** 结算 of a journal that is full: everything it may write, at its longest. */
function settle(journal: Journal, left: readonly number[]): void {
  for (const trace of left.slice(0, left.length / 2))
    expect(journal.undo(asTrace(trace), bytesOf(300, trace))).toBe('written')
  expect(journal.freeze()).toBe('written')
  for (let time = 0; time < PROGRESS_TIMES; time++)
    expect(journal.set(PROGRESS_KEY, bytesOf(30 + (time % 31), time)), `progress ${time}`).toBe('written')
  for (const trace of left.slice(left.length / 2))
    expect(journal.close(asTrace(trace), 'approved', bytesOf(300, trace))).toBe('written')
  expect(journal.open(1, bytesOf(9, 1))).toBe('frozen')
  expect(journal.closeBatch(asBatchNumber(2))).toBe('written')
  expect(journal.scrub()).toBe('written')
}

const sectors = (sectorBytes: number, sectorCount: number, unitBytes = 4): FlashGeometry => ({
  sectorBytes,
  sectorCount,
  unitBytes,
})

describe('a settlement 结算 after `open` said full', () => {
  it.each([
    [sectors(4096, 8), { intent: 75, outcome: 60, marks: 3, open: 0 }],
    [sectors(4096, 8), { intent: 400, outcome: 300, marks: 1, open: 0 }],
    [sectors(4096, 9), { intent: 45, outcome: 45, marks: 8, open: 2 }],
    [sectors(4096, 16, 1), { intent: 61, outcome: 299, marks: 0, open: 0 }],
    [sectors(4096, 32), { intent: 75, outcome: 60, marks: 3, open: 60 }],
    [sectors(2048, 8, 8), { intent: 75, outcome: 60, marks: 2, open: 1 }],
    [sectors(1024, 8), { intent: 75, outcome: 60, marks: 3, open: 0 }],
    [sectors(1024, 24, 32), { intent: 75, outcome: 60, marks: 3, open: 0 }],
    [sectors(65536, 8, 16), { intent: 75, outcome: 60, marks: 3, open: 20 }],
  ])('L23 %o, %o → progress noted 1,000 times, batch closed and scrubbed', (geometry, mix) => {
    const chip = makeFlashChip({ geometry })
    const journal = openReady(chip)
    for (let key = 0; key < 5; key++) journal.set(key, bytesOf(40, key))
    const { opened, left } = fill(journal, mix)
    expect(opened).toBeGreaterThan(3)
    let refused = 0 // settings of another kind take what they may
    for (let key = 100; key < 256; key++) refused += journal.set(key, bytesOf(200, key)) === 'full' ? 1 : 0
    expect(refused).toBeGreaterThan(0)
    settle(journal, left)
    const again = openReady(chip)
    expect(viewOf(again)).toBe(viewOf(journal))
    expect(again.setting(2)).toEqual(bytesOf(40, 2))
    expect(again.count()).toBe(0)
    expect(again.open(1, bytesOf(75, 1))).toBe('written')
  })

  it('L23 the smallest chip, however much the last sale left free → progress can be noted and the batch closed', () => {
    for (const geometry of [sectors(1024, 8, 32), sectors(1024, 8), sectors(2048, 8, 16)])
      for (let intent = 1; intent <= 320; intent += 16)
        for (let before = 1; before <= 200; before += 33) {
          const journal = openReady(makeFlashChip({ geometry }))
          journal.set(1, bytesOf(before, 1))
          fill(journal, { intent, outcome: 300, marks: 1, open: 0 })
          expect(journal.freeze()).toBe('written')
          for (let key = PROGRESS_KEY; key < PROGRESS_KEY + 2; key++)
            for (let time = 0; time < 3; time++)
              expect(journal.set(key, bytesOf(60, time)), `INTENT of ${intent}, ${before}`).toBe('written')
        }
  })

  it.each([1, 2, 3])('L23 the same with %i sectors retired in the course of it', (worn) => {
    const geometry = sectors(2048, 12)
    const chip = makeFlashChip({ geometry })
    const journal = openReady(chip)
    chip.failures(
      Array.from({ length: worn }, (_, i) => ({
        of: i % 2 ? ('program' as const) : ('erase' as const),
        from: 0,
        count: Infinity,
        sector: 2 + 3 * i,
      })),
    )
    const { left } = fill(journal, { intent: 75, outcome: 60, marks: 3, open: 1 })
    settle(journal, left)
    const again = openReady(chip)
    expect(again.report().retired).toBe(worn)
    expect(viewOf(again)).toBe(viewOf(journal))
  })

  it('frozen → nothing is opened, no batch adopted, no room told; a start and a full lap of the log change nothing', () => {
    const chip = makeFlashChip({ geometry: sectors(1024, 8) })
    let journal = openReady(chip)
    expect(journal.freeze()).toBe('written')
    const before = chip.operations()
    expect([journal.freeze(), journal.open(1, bytesOf(9, 1))]).toEqual(['written', 'frozen'])
    expect([journal.adoptBatch(asBatchNumber(7)), journal.room(), journal.frozen()]).toEqual([
      'fault',
      0,
      true,
    ])
    expect(chip.operations()).toBe(before)
    for (let lap = 0; lap < 900; lap++) {
      expect(journal.burnTrace()).toBe('written')
      if (lap % 100 === 0) journal = openReady(chip)
      expect(journal.frozen()).toBe(true)
    }
    expect(Math.min(...chip.erases())).toBeGreaterThan(1)
    expect([journal.closeBatch(asBatchNumber(2)), journal.frozen()]).toEqual(['written', false])
    expect(openReady(chip).frozen()).toBe(false)
    expect(openReady(chip).open(1, bytesOf(9, 1))).toBe('written')
  })
})

describe('one batch from the first transaction to the last', () => {
  it.each([24, 64])(
    '%i sectors → a sale near the end programs little more than one at the beginning',
    (count) => {
      const chip = makeFlashChip({ geometry: sectors(4096, count) })
      const journal = openReady(chip)
      const sold: number[] = []
      for (let before = 0; ; before = chip.bytesProgrammed()) {
        const trace = journal.nextTrace()
        if (journal.open(1, bytesOf(75, trace)) !== 'written') break
        journal.close(trace, 'approved', bytesOf(60, trace))
        for (const mark of [1, 2, 4]) journal.markPrinted(trace, mark)
        sold.push(chip.bytesProgrammed() - before)
      }
      const mean = (some: readonly number[]) => some.reduce((sum, bytes) => sum + bytes, 0) / some.length
      expect(mean(sold.slice(0, 40))).toBeLessThan(240)
      expect(mean(sold.slice(-40))).toBeLessThan(2200)
      expect(mean(sold)).toBeLessThan(400)
      expect(Math.max(...chip.erases())).toBeLessThanOrEqual(3)
    },
  )

  it('60 entries open at once, marked as printed, some settled later → each as it was left, after a start and a lap of the log too', () => {
    const geometry = sectors(4096, 24)
    const chip = makeFlashChip({ geometry })
    const journal = openReady(chip)
    for (let trace = 1; trace <= 60; trace++) {
      expect(journal.open(9, bytesOf(75, trace))).toBe('written')
      expect(journal.markPrinted(asTrace(trace), trace % 3 ? 1 : 5)).toBe('written')
    }
    // a start of its own, so that the journal on the chip goes on
    const started = () => openReady(makeFlashChip({ geometry, image: chip.image() }))
    const told = (one: Journal) => one.owed().map((e) => [e.trace, e.kind, e.printedCopies, e.intent.length])
    const expected = Array.from({ length: 60 }, (_, i) => [i + 1, 9, (i + 1) % 3 ? 1 : 5, 75])
    expect(told(journal)).toEqual(expected)
    expect(told(started())).toEqual(expected)
    for (let lap = 0; lap < 16_000; lap++) journal.burnTrace()
    expect(Math.min(...chip.erases())).toBeGreaterThan(1)
    expect(told(journal)).toEqual(expected)
    const again = openReady(chip)
    expect(told(again)).toEqual(expected)
    for (let trace = 60; trace > 0; trace -= 2)
      expect(again.close(asTrace(trace), 'approved', bytesOf(300, trace))).toBe('written')
    expect(told(started())).toEqual(expected.filter(([trace = 0]) => trace % 2 === 1))
    expect(started().find(asTrace(60))).toMatchObject({ state: 'approved', printedCopies: 5 })
  })
})

describe('room', () => {
  it('transactions of a given length, before any and after some → as many as promised, and not many more', () => {
    const geometry = sectors(4096, 24)
    const journal = openReady(makeFlashChip({ geometry }))
    const promised = [journal.room(75, 60)]
    let opened = 0
    for (; ; opened++) {
      const trace = journal.nextTrace()
      const next = journal.room(75, 60)
      const answer = journal.open(1, bytesOf(75, trace))
      expect(answer === 'written', `${next} promised after ${opened}`).toBe(next > 0)
      if (answer !== 'written') break
      promised.push(next + opened)
      journal.close(trace, 'approved', bytesOf(60, trace))
    }
    for (const total of promised) expect(opened).toBeGreaterThanOrEqual(total)
    expect(opened - (promised[0] ?? 0)).toBeLessThan(10)
    expect(journal.room()).toBe(0)
  })
})

describe('a batch of 5,000 transactions in 1 MB', () => {
  /** Counts what is read, for the time of a look-up is the bytes it reads. */
  function counted(chip: FlashChip): { chip: FlashChip; bytes: () => number } {
    let bytes = 0
    const read = (address: number, length: number) => {
      bytes += length
      return chip.read(address, length)
    }
    return { chip: { ...chip, read }, bytes: () => bytes }
  }

  it('the longest bodies, three marks a slip, 60 open → it fits, no sale copies more than two sectors, each is found by reading a few sectors', () => {
    const chip = makeFlashChip({ geometry: sectors(4096, 256) })
    const journal = openReady(chip)
    for (let key = 0; key < 40; key++) journal.set(key, bytesOf(60, key))
    let most = 0
    for (let trace = 1; trace <= 5000; trace++) {
      const before = chip.bytesProgrammed()
      expect(journal.open(1, bytesOf(75, trace))).toBe('written')
      if (trace > 60) {
        const settled = asTrace(trace - 60)
        journal.close(settled, 'approved', bytesOf(60, settled))
        for (const mark of [1, 2, 4]) journal.markPrinted(settled, mark)
      }
      most = Math.max(most, chip.bytesProgrammed() - before)
    }
    expect(journal.count()).toBe(5000)
    expect(most).toBeLessThan(2 * 4096 + 300)
    expect(chip.bytesProgrammed() / 5000).toBeLessThan(330)

    const seen = counted(chip)
    const again = openReady(seen.chip)
    expect(seen.bytes()).toBeLessThan(1.3 * 2 ** 20)
    expect([again.count(), again.owed().length, again.last()?.trace]).toEqual([5000, 60, 4940])
    for (const trace of [1, 777, 2500, 4940]) {
      const before = seen.bytes()
      expect(again.find(asTrace(trace))?.outcome).toEqual(bytesOf(60, trace))
      expect(seen.bytes() - before, `find ${trace}`).toBeLessThan(64 * 1024)
    }
    let before = seen.bytes()
    expect(again.owed()).toHaveLength(60)
    expect(seen.bytes() - before).toBeLessThan(32 * 1024)
    before = seen.bytes()
    let next = 1
    again.each((entry) => {
      expect(entry.trace).toBe(next)
      return next++ < 6000
    })
    expect(next).toBe(5001)
    expect(seen.bytes() - before).toBeLessThan(8 * 2 ** 20)
    settle(
      again,
      Array.from({ length: 60 }, (_, i) => 4941 + i),
    )
    expect(openReady(chip).scrubPending()).toBe(false)
  })
})
