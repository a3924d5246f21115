import { describe, expect, it } from 'vitest'
import { type Failure, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import { bytesOf, EMPTY, type Step, viewOf } from '../../rig/flash-model.ts'
import { cutsAt, openReady, play, type Run, restart } from '../../rig/flash-run.ts'
import { MORNING, SMALL } from '../../rig/flash-script.ts'
import { readJournal } from '../../rig/journal-reader.ts'

/** One sector more than the run needs. */
const TIGHT = { ...SMALL, sectorCount: 8 }
const SHORT: Step = { do: 'set', key: 1, bytes: 1, fill: 9 }
const LONG = Array.from({ length: 7 }, (_, fill): Step => ({ do: 'set', key: 0, bytes: 90, fill }))
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
        const found = restart(run, `operation ${operation} ${JSON.stringify(kind)}`).report().retired
        if (kind.silent)
          retired += found // an erase of a blank sector that does nothing goes unnoticed
        else expect(found, `operation ${operation}`).toBe(1)
      }
    expect(retired).toBeGreaterThan(total * 1.8)
  })

  it('a sector that cannot be erased and a power cut at each operation → the acknowledged prefix, and work goes on', () => {
    for (let operation = 0; operation < total; operation++) {
      const cuts = cutsAt(operation)
      for (const plan of [cuts[0], cuts[3], cuts[5], cuts[9], cuts[10]]) {
        const chip = makeFlashChip({ geometry: TIGHT, seed: operation })
        const sector = operation % TIGHT.sectorCount
        chip.failures([{ of: 'erase', from: 0, count: Infinity, sector }])
        chip.cut(plan)
        const run: Run = { chip, model: EMPTY, at: 0 }
        const what = `${JSON.stringify(plan)}, sector ${sector}`
        try {
          play(run, openReady(chip), MORNING)
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error
        }
        expect(play(run, restart(run, what), MORNING)).toBe(true)
        restart(run, `${what}, at the end`)
      }
    }
  })

  it('a sector that dies with a power cut, whatever it holds then → what was acknowledged afterwards is there', () => {
    for (let operation = 0; operation < total; operation++)
      for (let sector = operation % 2; sector < TIGHT.sectorCount; sector += 2) {
        const chip = makeFlashChip({ geometry: TIGHT, seed: operation })
        chip.cut({ operation, when: 'after' })
        const run: Run = { chip, model: EMPTY, at: 0 }
        try {
          play(run, openReady(chip), MORNING)
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error
        }
        const dead = { from: 0, count: Infinity, sector, effect: 'none' } as const
        chip.failures([
          { of: 'program', ...dead },
          { of: 'erase', ...dead },
        ])
        const what = `sector ${sector} dead after operation ${operation}`
        // first what may still fit where the log ended, then enough to move on
        for (const steps of [[SHORT], LONG, LONG] as const) {
          const journal = restart(run, what)
          run.at = 0
          expect(play(run, journal, steps)).toBe(true)
        }
        restart(run, what)
      }
  })

  it('S30 program fails for ever at OUTCOME → fault, still owed now and after the start, and nothing more is taken', () => {
    for (const silent of [true, false])
      for (const effect of ['none', 'someBits', 'all'] as const) {
        if (silent && effect === 'all') continue // that is no failure
        const chip = makeFlashChip({ geometry: SMALL })
        const journal = openReady(chip)
        journal.open(1, bytesOf(90, 1))
        chip.failures([{ of: 'program', from: chip.operations(), count: Infinity, silent, effect }])
        expect(journal.close(asTrace(1), 'approved', bytesOf(60, 1))).toBe('fault')
        expect(journal.owed().map((e) => e.trace)).toEqual([1])
        chip.failures([])
        expect(journal.open(1, bytesOf(90, 2))).toBe('fault')
        expect([journal.room(), journal.set(1, bytesOf(3, 1)), journal.burnTrace()]).toEqual([
          0,
          'fault',
          'fault',
        ])
        expect(
          openReady(chip)
            .owed()
            .map((e) => e.trace),
        ).toEqual([1])
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
    [SMALL, 90, 60, 2],
    [{ sectorBytes: 1024, sectorCount: 12, unitBytes: 32 }, 400, 300, 1],
    [{ sectorBytes: 1024, sectorCount: 20, unitBytes: 4 }, 400, 300, 1],
    [{ sectorBytes: 1024, sectorCount: 14, unitBytes: 4 }, 20, 300, 12],
    [{ sectorBytes: 2048, sectorCount: 5, unitBytes: 1 }, 400, 300, 1],
    [{ sectorBytes: 2048, sectorCount: 7, unitBytes: 2 }, 250, 300, 3],
    [{ sectorBytes: 4096, sectorCount: 4, unitBytes: 8 }, 33, 1, 2],
    [{ sectorBytes: 65536, sectorCount: 4, unitBytes: 16 }, 400, 0, 1],
  ])(
    'S28 %o full at INTENT → refused before anything is written; what is open can still be settled and printed',
    (geometry, intent, outcome, together) => {
      const chip = makeFlashChip({ geometry })
      const journal = openReady(chip)
      journal.set(1, bytesOf(200, 1))
      const promised = journal.room()
      let opened = 0
      let owed: number[] = []
      const settle = () => {
        for (const trace of owed) {
          // as long as may be: the space was promised for the longest outcome
          const answer =
            trace % 2
              ? journal.close(asTrace(trace), 'approved', bytesOf(Math.max(outcome, 300), 1))
              : journal.undo(asTrace(trace), bytesOf(300, 1))
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
        if (owed.length === together) settle()
      }
      settle()
      if (together === 1) expect(opened).toBeGreaterThanOrEqual(promised)
      expect(journal.set(1, bytesOf(200, 2))).toBe('written')
      expect(journal.closeBatch(asBatchNumber(2))).toBe('written')
      expect(journal.open(1, bytesOf(intent, 1))).toBe('written')
      expect(viewOf(openReady(chip))).toBe(viewOf(journal))
    },
  )

  it('one batch over the whole chip, copied by reclaiming → every entry once, oldest first, with both slips', () => {
    const chip = makeFlashChip({ geometry: { sectorBytes: 4096, sectorCount: 20, unitBytes: 4 } })
    const journal = openReady(chip)
    let sold = 0
    for (;;) {
      const trace = journal.nextTrace()
      if (journal.open(1, bytesOf(90, trace)) !== 'written') break
      expect(journal.close(trace, 'approved', bytesOf(60, trace))).toBe('written')
      expect([journal.markPrinted(trace, 1), journal.markPrinted(trace, 2)]).toEqual(['written', 'written'])
      sold++
    }
    expect(sold).toBeGreaterThan(325)
    for (const seen of [journal, openReady(chip)]) {
      let count = 0
      seen.each((e) => {
        count++
        expect([e.trace, e.state, e.printedCopies]).toEqual([count, 'approved', 3])
        expect([e.intent, e.outcome]).toEqual([bytesOf(90, count), bytesOf(60, count)])
        return count < 300
      })
      expect(count).toBe(300)
      expect(seen.last()?.trace).toBe(sold)
      expect(seen.report().lost).toBe(0)
    }
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
