import { describe, expect, it } from 'vitest'
import { type Failure, makeFlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import { bytesOf, EMPTY, viewOf, viewOfModel } from '../../rig/flash-model.ts'
import { openReady, play, restart, type Run } from '../../rig/flash-run.ts'
import { MORNING, SMALL } from '../../rig/flash-script.ts'
import { placeRecord, readJournal } from '../../rig/journal-reader.ts'

const ROOMY = { ...SMALL, sectorCount: 10 }

function operationsOfMorning(): number {
  const chip = makeFlashChip({ geometry: ROOMY })
  play({ chip, model: EMPTY, at: 0 }, openReady(chip), MORNING)
  return chip.operations()
}

describe('the journal on failing flash', () => {
  const total = operationsOfMorning()
  const kinds: readonly Partial<Failure>[] = [
    {},
    { silent: true },
    { effect: 'none' },
    { effect: 'none', silent: true },
    { effect: 'all' },
  ]

  it('S29 any one program or erase fails, reported or silently → written elsewhere, the sector retired, nothing lost', () => {
    let retired = 0
    for (let operation = 0; operation < total; operation++)
      for (const kind of kinds) {
        const chip = makeFlashChip({ geometry: ROOMY, seed: operation })
        const run: Run = { chip, model: EMPTY, at: 0 }
        chip.failures([
          { of: 'program', from: operation, count: 1, ...kind },
          { of: 'erase', from: operation, count: 1, ...kind },
        ])
        expect(play(run, openReady(chip), MORNING)).toBe(true)
        retired += restart(run, `operation ${operation} ${JSON.stringify(kind)}`).report().retired
      }
    expect(retired).toBeGreaterThan(total * 3) // an erase of a blank sector that does nothing goes unnoticed
  })

  it('S30 program fails for ever at OUTCOME → fault, still owed now and after the start, and nothing more is taken', () => {
    for (const silent of [true, false])
      for (const effect of ['none', 'someBits'] as const) {
        const chip = makeFlashChip({ geometry: SMALL })
        const journal = openReady(chip)
        journal.open(1, bytesOf(90, 1))
        chip.failures([{ of: 'program', from: chip.operations(), count: Infinity, silent, effect }])
        expect(journal.close(asTrace(1), 'approved', bytesOf(60, 1))).toBe('fault')
        expect(journal.owed().map((e) => e.trace)).toEqual([1])
        chip.failures([])
        expect(journal.open(1, bytesOf(90, 2))).toBe('fault')
        expect([journal.room(), journal.set(1, bytesOf(3, 1)), journal.burnTrace()]).toEqual([0, 'fault', 'fault'])
        expect(openReady(chip).owed().map((e) => e.trace)).toEqual([1])
      }
  })

  it('a retired sector is remembered and never opened again', () => {
    const chip = makeFlashChip({ geometry: ROOMY })
    let journal = openReady(chip)
    chip.failures([{ of: 'erase', from: 0, count: Infinity, sector: 3 }])
    for (let i = 0; i < 300; i++) journal.burnTrace()
    chip.failures([])
    const erased = chip.erases()[3]
    journal = openReady(chip)
    expect(journal.report().retired).toBe(1)
    for (let i = 0; i < 2000; i++) expect(journal.burnTrace()).toBe('written')
    expect(openReady(chip).report().retired).toBe(1)
    expect(chip.erases()[3]).toBe(erased)
  })

  it('sectors worn out one by one → the books stay whole until the end, which is a refusal and not a loss', () => {
    const chip = makeFlashChip({ geometry: ROOMY, eraseLimit: 12 })
    const journal = openReady(chip)
    let sold = 0
    let answer = 'written'
    while (answer === 'written') {
      const trace = journal.nextTrace()
      answer = journal.open(1, bytesOf(90, sold))
      if (answer === 'written') answer = journal.close(trace, 'approved', bytesOf(60, sold))
      if (answer === 'written') sold++
      if (sold % 5 === 0 && answer === 'written') answer = journal.closeBatch(asBatchNumber(1 + sold))
    }
    expect(sold).toBeGreaterThan(300)
    expect(['full', 'fault']).toContain(answer)
    const seen = openReady(chip)
    expect(seen.owed().length).toBeLessThanOrEqual(1)
    if (sold % 5 !== 0) expect(seen.last()?.intent).toEqual(bytesOf(90, sold - 1))
  })
})

describe('the space of the journal', () => {
  it.each([
    [SMALL, 90, 60],
    [{ sectorBytes: 1024, sectorCount: 12, unitBytes: 32 }, 400, 300],
    [{ sectorBytes: 2048, sectorCount: 5, unitBytes: 1 }, 400, 300],
    [{ sectorBytes: 4096, sectorCount: 4, unitBytes: 8 }, 33, 1],
    [{ sectorBytes: 65536, sectorCount: 4, unitBytes: 16 }, 400, 0],
  ])('S28 %o full at INTENT → refused before anything is written; what is open can still be settled and printed', (geometry, intent, outcome) => {
    const chip = makeFlashChip({ geometry })
    const journal = openReady(chip)
    journal.set(1, bytesOf(200, 1))
    const promised = journal.room()
    expect(promised).toBeGreaterThan(0)
    let opened = 0
    let owed: number[] = []
    const settle = () => {
      for (const trace of owed) {
        // as long as may be: the space was promised for the longest outcome
        const answer = trace % 2 ? journal.close(asTrace(trace), 'approved', bytesOf(Math.max(outcome, 300), 1)) : journal.undo(asTrace(trace), bytesOf(300, 1))
        expect(answer).toBe('written')
        expect(journal.markPrinted(asTrace(trace), 1)).toBe('written')
        expect(journal.markPrinted(asTrace(trace), 2)).toBe('written')
        expect(journal.burnTrace()).toBe('written')
      }
      owed = []
    }
    for (;;) {
      const trace = journal.nextTrace()
      const before = chip.operations()
      const answer = journal.open(1, bytesOf(intent, trace))
      if (answer !== 'written') {
        expect(answer).toBe('full')
        expect(chip.operations()).toBe(before)
        break
      }
      opened++
      owed.push(trace)
      if (owed.length === 2) settle()
    }
    settle()
    expect(opened).toBeGreaterThanOrEqual(promised)
    expect(journal.set(1, bytesOf(200, 2))).toBe('written')
    expect(journal.closeBatch(asBatchNumber(2))).toBe('written')
    expect(journal.open(1, bytesOf(intent, 1))).toBe('written')
    expect(viewOf(openReady(chip))).toBe(viewOf(journal))
  })

  it('a setting changed 5,000 times, an enquiry 5,000 times → never full, sectors erased equally often', () => {
    const chip = makeFlashChip({ geometry: SMALL })
    const journal = openReady(chip)
    for (let i = 0; i < 3; i++) {
      const trace = journal.nextTrace()
      journal.open(1, bytesOf(90, i))
      if (i > 0) journal.close(trace, 'approved', bytesOf(60, i))
    }
    const seen = viewOf(journal)
    for (let i = 0; i < 5000; i++) {
      expect(journal.set(2, bytesOf(1 + (i % 200), i))).toBe('written')
      if (i % 10 === 0) expect(journal.burnTrace()).toBe('written')
    }
    const erases = chip.erases()
    expect(Math.max(...erases) - Math.min(...erases)).toBeLessThanOrEqual(1)
    expect(Math.max(...readJournal(chip.image(), SMALL).erases.values())).toBe(Math.max(...erases))
    const again = openReady(chip)
    expect(again.setting(2)).toEqual(bytesOf(200, 4999))
    expect(again.owed().map((e) => e.trace)).toEqual([1])
    expect(viewOf(again).split('\n').slice(1, 6)).toEqual(seen.split('\n').slice(1, 6))
  })
})

describe('the trace number 流水号', () => {
  const startOf = (trace: number) => [trace & 255, (trace >> 8) & 255, trace >> 16]
  function imageAt(first: number, entries: readonly number[], last: number): Uint8Array {
    const image = new Uint8Array(SMALL.sectorBytes * SMALL.sectorCount).fill(0xff)
    const start = first === 1 ? 999_999 : first - 1
    const header = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, ...startOf(first - 1), ...startOf(start), 1, 0, 0]
    let address = placeRecord(image, SMALL, { address: 0, sequence: 1, kind: 1 }, header)
    address = placeRecord(image, SMALL, { address, sequence: 2, kind: 1 }, header)
    let sequence = 3
    for (const trace of entries) {
      address = placeRecord(image, SMALL, { address, sequence: sequence++, kind: 7 }, [...startOf(trace), 1, 9])
      address = placeRecord(image, SMALL, { address, sequence: sequence++, kind: 8 }, [...startOf(trace), 1, 8])
    }
    placeRecord(image, SMALL, { address, sequence, kind: 5 }, startOf(last))
    return image
  }

  it('S34 all numbers used once in the batch → wraps to 1 and skips those alive, also after a start', () => {
    const chip = makeFlashChip({ geometry: SMALL, image: imageAt(1, [1, 2, 4], 999_998) })
    let journal = openReady(chip)
    const taken: number[] = []
    for (let i = 0; i < 5; i++) {
      taken.push(journal.nextTrace())
      expect(i % 2 ? journal.burnTrace() : journal.open(1, bytesOf(9, i))).toBe('written')
      journal = openReady(chip)
    }
    expect(taken).toEqual([999_999, 3, 5, 6, 7])
    expect(journal.owed().map((e) => e.trace).sort()).toEqual([5, 7, 999_999])
    expect(journal.find(asTrace(2))?.batch).toBe(5)
  })

  it('wrap with numbers left → goes on at 1, entries stay in order, nothing is looked up', () => {
    const chip = makeFlashChip({ geometry: SMALL, image: imageAt(999_990, [999_995], 999_998) })
    const journal = openReady(chip)
    for (const trace of [999_999, 1, 2]) {
      expect(journal.nextTrace()).toBe(trace)
      expect(journal.open(1, bytesOf(9, trace))).toBe('written')
      expect(journal.close(asTrace(trace), 'approved', bytesOf(9, trace))).toBe('written')
    }
    const order: number[] = []
    journal.each((e) => order.push(e.trace) > 0)
    expect(order).toEqual([999_995, 999_999, 1, 2])
    expect(journal.last()?.trace).toBe(2)
    expect(openReady(chip).last()?.trace).toBe(2)
  })

  it('an enquiry and a start → its number is not used again', () => {
    const chip = makeFlashChip({ geometry: SMALL })
    openReady(chip).burnTrace()
    expect(openReady(chip).nextTrace()).toBe(2)
  })
})

describe('misuse is a bug and throws', () => {
  it.each([
    ['too long an intent', (j: ReturnType<typeof openReady>) => j.open(1, new Uint8Array(401))],
    ['too long an outcome', (j: ReturnType<typeof openReady>) => j.close(asTrace(1), 'approved', new Uint8Array(301))],
    ['too long a setting', (j: ReturnType<typeof openReady>) => j.set(1, new Uint8Array(201))],
    ['a key over 255', (j: ReturnType<typeof openReady>) => j.set(256, new Uint8Array(1))],
    ['close of what is not open', (j: ReturnType<typeof openReady>) => j.close(asTrace(9), 'approved', new Uint8Array(1))],
    ['undo twice', (j: ReturnType<typeof openReady>) => j.undo(asTrace(1), new Uint8Array(1)) && j.undo(asTrace(1), new Uint8Array(1))],
    ['a slip of nothing', (j: ReturnType<typeof openReady>) => j.markPrinted(asTrace(9), 1)],
  ])('%s', (_, act) => {
    const journal = openReady(makeFlashChip({ geometry: SMALL }))
    journal.open(1, bytesOf(9, 1))
    expect(() => act(journal)).toThrow(/journal/)
  })

  it('a batch changes only when it may', () => {
    const journal = openReady(makeFlashChip({ geometry: SMALL }))
    expect(journal.adoptBatch(asBatchNumber(77))).toBe('written')
    journal.open(1, bytesOf(9, 1))
    expect(journal.closeBatch(asBatchNumber(78))).toBe('fault')
    journal.close(asTrace(1), 'declined', bytesOf(9, 1))
    expect([journal.adoptBatch(asBatchNumber(79)), journal.batch()]).toEqual(['fault', 77])
    expect([journal.closeBatch(asBatchNumber(78)), journal.batch()]).toEqual(['written', 78])
    expect(journal.find(asTrace(1))).toBeUndefined()
    expect(viewOfModel({ ...EMPTY, batch: 78, trace: 1 })).toBe(viewOf(journal))
  })
})
