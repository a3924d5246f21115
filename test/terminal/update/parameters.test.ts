import { describe, expect, it } from 'vitest'
import { type Cut, type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import type { Journal } from '../../../terminal/journal/journal.ts'
import { standingSet, storedParameters, storeParameters } from '../../../terminal/parameter/store.ts'
import { parameterNames, parameterRow } from '../../../terminal/parameter/table.ts'
import {
  applyDue,
  checkSet,
  confirmParameters,
  type ParameterMoment,
  parametersAtStart,
  SET_TRIES_MAX,
} from '../../../terminal/update/parameters.ts'
import { cutsAt, openReady } from '../../rig/flash-run.ts'
import { sha256, stagedSet } from '../../rig/update-faces.ts'

const newChip = (): FlashChip =>
  makeFlashChip({ geometry: { sectorBytes: 4096, sectorCount: 8, unitBytes: 4 } })
const NOW: ParameterMoment = {
  ...{ now: 1_000, program: sha256('program'), programComes: false, safe: true, given: {} },
}
const number = (name: string) => parameterRow(name)?.number ?? 0
const ANSWER = number('answerTimeoutSeconds')
const PIN = number('pinBypass')
const STORE = number('storeNumberRequired')

function withEntry(journal: Journal): Journal {
  expect(journal.open(1, new Uint8Array(20))).toBe('written')
  return journal
}

describe('a parameter set against the table 参数表', () => {
  it('values by number, flags as 0 and 1 → values by name', () => {
    const { set } = stagedSet(1, [
      [ANSWER, 45],
      [PIN, 0],
      [number('locale'), 'en'],
      [number('sale.limitFen'), 500],
    ])
    expect(checkSet(set)).toEqual({
      kind: 'values',
      values: { answerTimeoutSeconds: 45, pinBypass: false, locale: 'en', 'sale.limitFen': 500 },
    })
  })

  // biome-ignore format: one row a fault
  const faults: readonly (readonly [string, readonly (readonly [number, number | string])[], number, string])[] = [
    ['a number that no parameter has',  [[9_999, 1]],                      CODE.parameterUnknown, '#9999'],
    ['a count below its range',         [[ANSWER, 1]],                     CODE.parameterValue,   'answerTimeoutSeconds'],
    ['a count above its range',         [[ANSWER, 100_000]],               CODE.parameterValue,   'answerTimeoutSeconds'],
    ['a count as text',                 [[ANSWER, '45']],                  CODE.parameterValue,   'answerTimeoutSeconds'],
    ['a flag of 2',                     [[PIN, 2]],                        CODE.parameterValue,   'pinBypass'],
    ['a flag as text',                  [[PIN, 'yes']],                    CODE.parameterValue,   'pinBypass'],
    ['a choice that is none',           [[number('locale'), 'fr']],        CODE.parameterValue,   'locale'],
    ['a choice as a number',            [[number('locale'), 1]],           CODE.parameterValue,   'locale'],
    ['a text too long',                 [[number('merchantName'), 'x'.repeat(41)]], CODE.parameterValue, 'merchantName'],
    ['a text as a number',              [[number('merchantName'), 7]],     CODE.parameterValue,   'merchantName'],
    ['a programme that is none',        [[number('instalmentProgrammes'), 'x']], CODE.parameterValue, 'instalmentProgrammes'],
    ['a limit of nothing',              [[number('sale.limitFen'), 0]],    CODE.parameterValue,   'sale.limitFen'],
  ]
  for (const [name, values, code, named] of faults)
    it(`D05 ${name} → the whole set refused, ${named} named, nothing changed`, () => {
      const chip = newChip()
      const journal = openReady(chip)
      storeParameters(journal, { answerTimeoutSeconds: 30 })
      const before = chip.operations()
      const good: readonly [number, number] = [number('inputTimeoutSeconds'), 99]
      const set = stagedSet(3, [good, ...values])
      const end = applyDue(journal, [set], NOW)
      expect(end).toEqual({ kind: 'failed', pseq: 3, hash: set.hash, code, name: named })
      expect(chip.operations()).toBe(before)
      expect(storedParameters(journal)).toEqual({ answerTimeoutSeconds: 30 })
    })

  it('D05 an empty set → the values of the set-up stand; a huge one → refused for space, the old values stand', () => {
    const journal = openReady(newChip())
    applyDue(journal, [stagedSet(1, [[ANSWER, 45]])], NOW)
    expect(applyDue(journal, [stagedSet(2, [])], NOW)).toEqual({ kind: 'applied', pseq: 2 })
    expect(storedParameters(journal)).toEqual({})
    applyDue(journal, [stagedSet(3, [[ANSWER, 46]])], NOW)
    const huge = stagedSet(4, [[number('luhnExemptPrefixes'), '1'.repeat(200)]])
    expect(applyDue(journal, [huge], NOW)).toEqual({
      ...{ kind: 'failed', pseq: 4, hash: huge.hash },
      ...{ code: CODE.noSpace, name: '' },
    })
    expect(storedParameters(journal)).toEqual({ answerTimeoutSeconds: 46 })
    expect(standingSet(journal).pseq).toBe(3)
  })

  it('every parameter has a number below 256: the store has a bit for each', () => {
    const numbers = parameterNames.map(number)
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const each of numbers) expect(each).toBeGreaterThan(0)
    expect(Math.max(...numbers)).toBeLessThan(256)
  })
})

describe('when a set comes into force 生效', () => {
  it('its time has not come → waits; come → applied, with number and hash in the same write', () => {
    const journal = openReady(newChip())
    const set = stagedSet(5, [[ANSWER, 45]], { effective: 2_000 })
    expect(applyDue(journal, [set], NOW)).toEqual({ kind: 'early' })
    expect(storedParameters(journal)).toEqual({})
    expect(applyDue(journal, [set], { ...NOW, now: 2_000 })).toEqual({ kind: 'applied', pseq: 5 })
    expect(standingSet(journal)).toEqual({ pseq: 5, hash: set.hash, local: [], tries: 1 })
  })

  it('two that are due → the newest, whole; a future one waits; an older one never again', () => {
    const journal = openReady(newChip())
    const sets = [
      stagedSet(5, [
        [ANSWER, 45],
        [PIN, 0],
      ]),
      stagedSet(6, [[ANSWER, 46]]),
      stagedSet(7, [[ANSWER, 47]], { effective: 2_000 }),
    ]
    expect(applyDue(journal, sets, NOW)).toEqual({ kind: 'applied', pseq: 6 })
    expect(storedParameters(journal)).toEqual({ answerTimeoutSeconds: 46 })
    expect(applyDue(journal, sets, NOW)).toEqual({ kind: 'early' })
    expect(applyDue(journal, sets.slice(0, 2), NOW)).toEqual({ kind: 'none' })
  })

  it('somebody is there, or something is owed → waits', () => {
    const journal = openReady(newChip())
    expect(applyDue(journal, [stagedSet(5, [[ANSWER, 45]])], { ...NOW, safe: false })).toEqual({
      kind: 'busy',
    })
    expect(standingSet(journal).pseq).toBe(0)
  })

  it('D04 a value that wants an empty batch while it is open → waits; the same value, or another parameter → applied', () => {
    const journal = withEntry(openReady(newChip()))
    const held = stagedSet(5, [
      [STORE, 1],
      [ANSWER, 45],
    ])
    expect(applyDue(journal, [held], NOW)).toEqual({ kind: 'batch' })
    expect(storedParameters(journal)).toEqual({})
    expect(applyDue(journal, [held], { ...NOW, given: { storeNumberRequired: true } }).kind).toBe('applied')
    // Left out it would go back to the set-up's value: that is a change too.
    const back = stagedSet(6, [[ANSWER, 46]])
    expect(applyDue(journal, [back], { ...NOW, given: { storeNumberRequired: false } })).toEqual({
      kind: 'batch',
    })
    expect(applyDue(journal, [back], { ...NOW, given: { storeNumberRequired: true } }).kind).toBe('applied')
  })

  it('it needs a program: that one runs → applied; it comes → waits; it does not → refused', () => {
    const journal = openReady(newChip())
    const set = stagedSet(5, [[ANSWER, 45]], { needsProgram: sha256('next') })
    expect(applyDue(journal, [set], { ...NOW, programComes: true })).toEqual({ kind: 'program' })
    expect(applyDue(journal, [set], NOW)).toEqual({
      kind: 'failed',
      pseq: 5,
      hash: set.hash,
      code: CODE.needsProgram,
      name: '',
    })
    expect(applyDue(journal, [set], { ...NOW, program: sha256('next') }).kind).toBe('applied')
  })

  it('a table that this program does not have yet → waits for a program on its way, else refused', () => {
    const journal = openReady(newChip())
    const set = stagedSet(5, [[ANSWER, 45]], { schema: 2 })
    expect(applyDue(journal, [set], { ...NOW, programComes: true })).toEqual({ kind: 'program' })
    expect(applyDue(journal, [set], NOW)).toMatchObject({ kind: 'failed', code: CODE.parameterSchema })
  })
})

describe('what was changed at the terminal 本机改动', () => {
  const changed = (drift: number) => {
    const journal = openReady(newChip())
    applyDue(
      journal,
      [
        stagedSet(1, [
          [ANSWER, 45],
          [PIN, 1],
        ]),
      ],
      NOW,
    )
    storeParameters(journal, { ...storedParameters(journal), answerTimeoutSeconds: 70, receiptCopies: '1' })
    expect(standingSet(journal)).toMatchObject({ pseq: 1, local: ['answerTimeoutSeconds', 'receiptCopies'] })
    expect(
      applyDue(
        journal,
        [
          stagedSet(
            2,
            [
              [ANSWER, 50],
              [PIN, 0],
            ],
            { drift },
          ),
        ],
        NOW,
      ).kind,
    ).toBe('applied')
    return journal
  }

  it('policy keep → stands over the next set, and is still named', () => {
    const journal = changed(0)
    expect(storedParameters(journal)).toEqual({
      answerTimeoutSeconds: 70,
      pinBypass: false,
      receiptCopies: '1',
    })
    expect(standingSet(journal).local).toEqual(['answerTimeoutSeconds', 'receiptCopies'])
  })

  it('policy overwrite → gone', () => {
    const journal = changed(1)
    expect(storedParameters(journal)).toEqual({ answerTimeoutSeconds: 50, pinBypass: false })
    expect(standingSet(journal).local).toEqual([])
  })

  it('a set that says the same → no longer named', () => {
    const journal = changed(0)
    applyDue(
      journal,
      [
        stagedSet(3, [
          [ANSWER, 70],
          [PIN, 0],
        ]),
      ],
      NOW,
    )
    expect(standingSet(journal).local).toEqual(['receiptCopies'])
  })

  it('values of a program from before → all of them local, and kept', () => {
    const journal = openReady(newChip())
    storeParameters(journal, { answerTimeoutSeconds: 30, pinBypass: false })
    journal.set(10, (journal.setting(10) ?? new Uint8Array(0)).slice(0, 1))
    expect(standingSet(journal)).toMatchObject({ pseq: 0, local: ['pinBypass', 'answerTimeoutSeconds'] })
    applyDue(journal, [stagedSet(1, [[ANSWER, 45]])], NOW)
    expect(storedParameters(journal)).toEqual({ answerTimeoutSeconds: 30, pinBypass: false })
  })
})

describe('a set on trial 试用', () => {
  it('starts that never came to idle → after three the values before it are back, and it is named', () => {
    const chip = newChip()
    const journal = openReady(chip)
    applyDue(journal, [stagedSet(1, [[ANSWER, 45]])], NOW)
    confirmParameters(journal)
    applyDue(journal, [stagedSet(2, [[ANSWER, 46]])], NOW)
    for (let start = 1; start <= SET_TRIES_MAX; start++) {
      const now = openReady(chip)
      expect(parametersAtStart(now)).toBeUndefined()
      expect(storedParameters(now)).toEqual({ answerTimeoutSeconds: 46 })
    }
    const last = openReady(chip)
    expect(parametersAtStart(last)).toMatchObject({ pseq: 2, hash: stagedSet(2, []).hash })
    expect(storedParameters(last)).toEqual({ answerTimeoutSeconds: 45 })
    expect(standingSet(last)).toMatchObject({ pseq: 1, tries: 0 })
    expect(parametersAtStart(openReady(chip))).toBeUndefined()
  })

  it('confirmed → never taken back, however often it starts; the first set ever goes back to nothing', () => {
    const chip = newChip()
    applyDue(openReady(chip), [stagedSet(1, [[ANSWER, 45]])], NOW)
    confirmParameters(openReady(chip))
    for (let start = 0; start < 9; start++) expect(parametersAtStart(openReady(chip))).toBeUndefined()
    const other = newChip()
    applyDue(openReady(other), [stagedSet(1, [[ANSWER, 45]])], NOW)
    for (let start = 0; start < 4; start++) parametersAtStart(openReady(other))
    expect(storedParameters(openReady(other))).toEqual({})
    expect(standingSet(openReady(other)).pseq).toBe(0)
  })
})

describe('power', () => {
  const OLD = { answerTimeoutSeconds: 45, reversalAttempts: 5 }
  const NEW = { answerTimeoutSeconds: 46, reversalAttempts: 6 }
  const oldSet = stagedSet(1, [
    [ANSWER, 45],
    [number('reversalAttempts'), 5],
  ])
  const newSet = stagedSet(2, [
    [ANSWER, 46],
    [number('reversalAttempts'), 6],
  ])
  const state = (chip: FlashChip) => {
    const journal = openReady(chip)
    return { values: storedParameters(journal), pseq: standingSet(journal).pseq, owed: journal.owed().length }
  }
  const prepared = (): FlashChip => {
    const chip = newChip()
    const journal = openReady(chip)
    applyDue(journal, [oldSet], NOW)
    confirmParameters(journal)
    withEntry(journal)
    return chip
  }
  const either = [
    { values: OLD, pseq: 1, owed: 1 },
    { values: NEW, pseq: 2, owed: 1 },
  ]
  function cutDuring(chip: FlashChip, cut: Cut, work: (journal: Journal) => void): boolean {
    const journal = openReady(chip)
    chip.cut({ ...cut, operation: chip.operations() + cut.operation })
    try {
      work(journal)
      chip.cut(undefined)
      return false
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      chip.cut(undefined)
      chip.repower()
      return true
    }
  }

  it('D02 cut before, inside and after every operation of applying, and again at every one of doing it once more → exactly the old set or the new one, what is owed stays', () => {
    let cuts = 0
    for (let operation = 0; ; operation++) {
      let went = false
      for (const cut of cutsAt(operation)) {
        const chip = prepared()
        if (!cutDuring(chip, cut, (journal) => applyDue(journal, [newSet], NOW))) continue
        went = true
        cuts++
        const found = state(chip)
        expect(either, JSON.stringify(cut)).toContainEqual(found)
        for (let second = 0; second < 3; second++) {
          const again = newChip()
          again.restore(chip.snapshot())
          cutDuring(
            again,
            { operation: second, when: 'inside', tear: { kind: 'prefix', bytes: 40 } },
            (journal) => {
              parametersAtStart(journal)
              applyDue(journal, [newSet], NOW)
            },
          )
          expect(either, `${JSON.stringify(cut)} ${second}`).toContainEqual(state(again))
        }
      }
      if (!went) break
    }
    expect(cuts).toBeGreaterThan(20)
  })

  it('cut at every operation of taking a set back, or confirming it → the old set or the new one, and the next start goes on', () => {
    for (const work of [
      (journal: Journal) => void parametersAtStart(journal),
      (journal: Journal) => confirmParameters(journal),
    ])
      for (let operation = 0; ; operation++) {
        const ends = cutsAt(operation).map((cut) => {
          const chip = prepared()
          applyDue(openReady(chip), [newSet], NOW)
          for (let start = 0; start < SET_TRIES_MAX; start++) parametersAtStart(openReady(chip))
          const went = cutDuring(chip, cut, work)
          expect(either, JSON.stringify(cut)).toContainEqual(state(chip))
          parametersAtStart(openReady(chip))
          expect(either).toContainEqual(state(chip))
          return went
        })
        if (!ends.includes(true)) break
      }
  })
})
