import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Target, TargetState } from '../../../host-link/tms/model.ts'
import { progressAfter, type ReportFacts, whyWaiting } from '../../../host-link/tms/progress.ts'
import { targetStates } from '../../../host-link/tms/states.ts'
import { CODE, DOWNLOAD_STATES, WAITING } from '../../../host-link/wire/tms/codes.ts'

const RELEASE = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
const PROGRAM = 'c'.repeat(64)
const SET = 'd'.repeat(64)

function target(change: Partial<Target> = {}): Target {
  return {
    ...{
      deployment: 1,
      serial: 'S',
      kind: 'program',
      wave: 0,
      state: 'notified',
      code: 0,
      percent: 0,
      waiting: 0,
    },
    ...{
      object: RELEASE,
      size: 1,
      orderNo: 4,
      queuedAt: 1,
      notifiedAt: 2,
      endedAt: 0,
      updatedAt: 2,
      ...change,
    },
  }
}

function report(change: Partial<ReportFacts> = {}): ReportFacts {
  return {
    ...{
      epoch: 1,
      seq: 1,
      place: 'a',
      version: '1',
      program: 'e'.repeat(64),
      release: OTHER,
      counter: 1,
      trial: false,
    },
    ...{ download: 'empty', offered: '', percent: 0, code: 0, waiting: 0, parameterSeq: 0, parameters: '' },
    ...{
      drift: 0,
      batchNumber: 1,
      batchCount: 0,
      owed: 0,
      quality: 4,
      lastEnd: undefined,
      parametersCode: 0,
      parametersRefused: '',
      ...change,
    },
  }
}

const running = { release: RELEASE, program: PROGRAM }
const end = (how: 'confirmed' | 'reverted' | 'failed' | 'expired', code = 0, orderNo = 4) => ({
  release: RELEASE,
  end: how,
  code,
  orderNo,
})

describe('progress of a target', () => {
  test.each<[string, Partial<ReportFacts>, TargetState, number]>([
    ['nothing of it yet', {}, 'notified', 0],
    ['receiving, no byte', { download: 'receiving', offered: RELEASE }, 'accepted', 0],
    ['receiving', { download: 'receiving', offered: RELEASE, percent: 40 }, 'downloading', 0],
    ['receiving another release', { download: 'receiving', offered: OTHER, percent: 40 }, 'notified', 0],
    ['verified', { download: 'verified', offered: RELEASE, percent: 100 }, 'downloaded', 0],
    [
      'verified, the merchant said later',
      { download: 'verified', offered: RELEASE, waiting: WAITING.deferred },
      'deferred',
      0,
    ],
    ['armed', { download: 'armed', offered: RELEASE }, 'armed', 0],
    ['on trial', { ...running, trial: true, download: 'trial', offered: RELEASE }, 'trial', 0],
    ['confirmed', { ...running, download: 'confirmed', offered: RELEASE }, 'confirmed', 0],
    [
      'says confirmed, but runs another',
      { download: 'confirmed', offered: RELEASE, lastEnd: end('confirmed') },
      'notified',
      0,
    ],
    ['the release, with another program', { release: RELEASE, download: 'confirmed' }, 'notified', 0],
    ['the program, of another release', { program: PROGRAM, download: 'confirmed' }, 'notified', 0],
    ['reverted', { lastEnd: end('reverted', CODE.hang) }, 'reverted', CODE.hang],
    ['reverted under an earlier order', { lastEnd: end('reverted', CODE.hang, 3) }, 'notified', 0],
    ['refused', { lastEnd: end('failed', CODE.counterLow) }, 'refused', CODE.counterLow],
    ['failed', { lastEnd: end('failed', CODE.flashFault) }, 'failed', CODE.flashFault],
    ['expired', { lastEnd: end('expired', CODE.expired) }, 'expired', CODE.expired],
    [
      'failed, without an end',
      { download: 'failed', offered: RELEASE, code: CODE.noSpace },
      'refused',
      CODE.noSpace,
    ],
  ])('%s', (_, change, state, code) => {
    expect(progressAfter(target(), PROGRAM, report(change))).toMatchObject({ state, code })
  })

  test('reverted is a failure also after downloaded, armed and confirmed', () => {
    for (const state of ['downloaded', 'armed', 'trial', 'confirmed'] as const)
      expect(
        progressAfter(target({ state }), PROGRAM, report({ lastEnd: end('reverted', CODE.hang) })).state,
      ).toBe('reverted')
    expect(progressAfter(target({ state: 'confirmed' }), PROGRAM, report()).state).toBe('reverted')
  })

  test('what ended stays so, but for a terminal that runs it after all', () => {
    for (const state of ['failed', 'refused', 'expired', 'superseded', 'cancelled'] as const) {
      const left = target({ state, code: 7 })
      expect(
        progressAfter(left, PROGRAM, report({ download: 'receiving', offered: RELEASE, percent: 9 })),
      ).toMatchObject({ state, code: 7 })
    }
    expect(progressAfter(target({ state: 'failed', code: 7 }), PROGRAM, report(running)).state).toBe(
      'confirmed',
    )
    expect(progressAfter(target({ state: 'cancelled' }), PROGRAM, report(running)).state).toBe('cancelled')
  })

  test('confirmed is never said of a terminal that does not run it, or is on trial', () => {
    const states = Object.keys(targetStates) as TargetState[]
    const hash = fc.constantFrom(RELEASE, OTHER, PROGRAM, '')
    const facts = fc.record({
      ...{
        release: hash,
        program: hash,
        offered: hash,
        trial: fc.boolean(),
        download: fc.constantFrom(...DOWNLOAD_STATES),
      },
      ...{
        percent: fc.integer({ min: 0, max: 100 }),
        code: fc.integer({ min: 0, max: 33 }),
        waiting: fc.integer({ min: 0, max: 127 }),
      },
      lastEnd: fc.option(
        fc.constantFrom(end('confirmed'), end('reverted', 18), end('failed', 5), end('confirmed', 0, 2)),
        { nil: undefined },
      ),
    })
    fc.assert(
      fc.property(facts, fc.constantFrom(...states), (change, state) => {
        const after = progressAfter(target({ state }), PROGRAM, report(change))
        const runs = change.release === RELEASE && change.program === PROGRAM && !change.trial
        if (after.state === 'confirmed') expect(runs).toBe(true)
      }),
    )
  })

  test('parameters are confirmed by the hash in use; a refusal by its code; waiting for a program is open', () => {
    const own = target({ kind: 'parameters', object: SET })
    expect(progressAfter(own, '', report({ parameters: SET })).state).toBe('confirmed')
    expect(progressAfter(own, '', report({ parameters: OTHER })).state).toBe('notified')
    const refused = { parametersCode: CODE.parameterValue, parametersRefused: SET }
    expect(progressAfter(own, '', report(refused))).toMatchObject({
      state: 'refused',
      code: CODE.parameterValue,
    })
    const waits = report({ ...refused, parametersCode: CODE.needsProgram })
    expect(progressAfter(own, '', waits).state).toBe('notified')
  })

  test('a refusal of the set before this one says nothing of it: it stays told', () => {
    const own = target({ kind: 'parameters', object: SET })
    const stale = { parametersCode: CODE.parameterValue, parametersRefused: OTHER }
    expect(progressAfter(own, '', report(stale))).toMatchObject({ state: 'notified', code: 0 })
  })

  test('why it waits: what its report says, offline, not its turn', () => {
    const says = (state: TargetState, waiting: number, online: boolean) =>
      whyWaiting({ state, waiting }, online).map(({ zh }) => zh)
    expect(says('downloaded', WAITING.batch | WAITING.owed, true)).toEqual(['批次未结算', '有待发交易'])
    expect(says('downloaded', WAITING.window, false)).toEqual(['离线', '未到升级时段'])
    expect(says('waiting', 0, false)).toEqual(['未轮到'])
    expect(says('confirmed', WAITING.batch, false)).toEqual([])
  })
})
