import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../../host-link/tms/filter.ts'
import { planOf as readPlan } from '../../../../host-link/tms/node/api-deployment-input.ts'
import {
  EMPTY_CONTENT,
  sameContent,
  typedValue,
  withLock,
  withValue,
  withVariable,
} from '../../../../host-link/tms/page/draft.ts'
import {
  clockOf,
  FIRST_FORM,
  minutesOf,
  numberIn,
  planOf,
  wordsIn,
} from '../../../../host-link/tms/page/plan.ts'
import { sentenceZh } from '../../../../host-link/tms/page/refusals.ts'
import { linkTo, readRoute } from '../../../../host-link/tms/page/route.ts'

describe('the form of the wizard 下发向导', () => {
  const filled = {
    ...FIRST_FORM,
    release: '3',
    name: ' night ',
    reason: 'mend slips',
    filter: ' model = A8 ',
  }
  it('as it opens: own terminals first, at night, settled batches only → a plan that the service takes', () => {
    const plan = planOf(filled)
    expect(plan).toMatchObject({
      ...{ name: 'night', release: 3, waves: 'default', dynamic: false, startAt: 0 },
      target: { kind: 'filter', text: 'model = A8' },
      gate: { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: 86_400 },
      policy: {
        windowFrom: 120,
        windowTo: 300,
        deferrals: 3,
        allowOpenBatch: false,
        automatic: true,
        deadline: 0,
      },
    })
    expect(readPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
  })
  it('what was typed is not bent: half a wave, an empty field, words for numbers → the service refuses the plan', () => {
    for (const wrong of [
      { percents: '10 x', waves: 'own' },
      { deferrals: '' },
      { rate: 'many' },
      { windowFrom: '' },
    ] as const)
      expect(() => readPlan(JSON.parse(JSON.stringify(planOf({ ...filled, ...wrong }))))).toThrow()
  })
  it('parameters have no release, and only a group of a program takes late ones', () => {
    expect(
      planOf({ ...filled, kind: 'parameters', target: 'group', group: 'g', dynamic: true }),
    ).toMatchObject({
      ...{ release: 0, dynamic: false },
    })
    expect(planOf({ ...filled, target: 'group', group: 'g', dynamic: true }).dynamic).toBe(true)
    const sets = planOf({ ...filled, kind: 'parameters', deadline: '2027-01-01T00:00', automatic: false })
    expect(readPlan(JSON.parse(JSON.stringify(sets)))).toMatchObject({ kind: 'parameters' })
    expect(planOf({ ...filled, dynamic: true }).dynamic).toBe(false)
  })
  it('serials however they are parted; own waves; times of day both ways', () => {
    expect(wordsIn(' A1, B2\nC3；D4、E5\t')).toEqual(['A1', 'B2', 'C3', 'D4', 'E5'])
    expect(planOf({ ...filled, waves: 'own', percents: '1, 10 30' }).waves).toEqual([1, 10, 30])
    expect([minutesOf('23:59'), clockOf(1439), minutesOf('7 pm'), numberIn(' ')]).toEqual([
      1439,
      '23:59',
      NaN,
      NaN,
    ])
    fc.assert(fc.property(fc.nat(1439), (minutes) => minutesOf(clockOf(minutes)) === minutes))
  })
})

describe('a draft of parameters 参数草稿', () => {
  it('a key given, locked, taken out again → its lock goes with it', () => {
    const given = withLock(withValue(EMPTY_CONTENT, 'locale', 'en'), 'locale', true)
    expect(given).toEqual({ values: { locale: 'en' }, locks: ['locale'], variables: {} })
    expect(withValue(given, 'locale', undefined)).toEqual(EMPTY_CONTENT)
    expect(withLock(withLock(given, 'locale', true), 'locale', false).locks).toEqual([])
  })
  it('the order in which things were typed makes no difference; a value, a lock or a variable does', () => {
    const one = withValue(withValue(EMPTY_CONTENT, 'a', 1), 'b', 2)
    const other = withValue(withValue(EMPTY_CONTENT, 'b', 2), 'a', 1)
    expect(sameContent(one, other)).toBe(true)
    expect(sameContent(one, withValue(one, 'a', '1'))).toBe(false)
    expect(sameContent(one, withLock(one, 'a', true))).toBe(false)
    const text = withVariable(one, 'site', { kind: 'text', value: 'x' })
    expect(sameContent(one, text)).toBe(false)
    expect(sameContent(text, withVariable(one, 'site', { kind: 'password', value: 'x' }))).toBe(false)
    expect(sameContent(one, withVariable(text, 'site', undefined))).toBe(true)
  })
  it('what is typed for a number and is none stays text, so that the service refuses it and nothing else is sent', () => {
    expect(typedValue({ type: 'count' }, '12')).toBe(12)
    expect(typedValue({ type: 'count' }, '12a')).toBe('12a')
    expect(typedValue({ type: 'count' }, '')).toBe('')
    expect(typedValue({ type: 'flag' }, 'false')).toBe(false)
    expect(typedValue({ type: 'text' }, '12')).toBe('12')
  })
})

describe('addresses within the page', () => {
  it('any parts and questions → the same again', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), text, (parts, filter) => {
        expect(readRoute(linkTo(parts, { filter }))).toEqual({ parts, query: { filter } })
      }),
    )
    expect(readRoute('')).toEqual({ parts: [], query: {} })
    expect(readRoute('#/terminals/%E0%A4%A')).toEqual({ parts: ['terminals', '%E0%A4%A'], query: {} })
  })
})

describe('refusals in Chinese', () => {
  it.each([
    ['Name or password is wrong.', '姓名或密码不对。'],
    ['Too many wrong passwords: locked for 15 minutes.', '密码错误次数过多，锁定 15 分钟。'],
    [
      'Who uploaded a release cannot approve it: a second person is wanted.',
      '上传版本的人不能复核它，须由另一人。',
    ],
    ['There is no terminal SN9.', '没有终端 SN9。'],
    ['There is no such deployment.', '这个下发已不存在。'],
    ['There is no such filter of your own.', '这个本人的筛选已不存在。'],
    ['There is no such command, or it is over.', '没有这条命令，或已结束。'],
    ['policy.deadline: it has passed.', '截止时间已过。'],
    ['The deadline has passed: make another deployment, with a later one.', '截止时间已过，请另建下发。'],
    ['policy.deferrals: a whole number from 0 to 9 is wanted.', '须为 0 至 9 的整数。'],
  ])('%s → %s', (en, zh) => {
    expect(sentenceZh(en)).toBe(zh)
  })
  it('every fault of the filter language has its sentence', () => {
    for (const text of [
      'colour = red',
      'model',
      'model =',
      '(model = A8',
      'online = maybe',
      'code = x',
      'model < 2',
      'a!b',
      ') (',
    ])
      try {
        parseFilter(text)
        expect.fail(text)
      } catch (error) {
        expect(sentenceZh(`${error instanceof Error ? error.message : ''}.`), text).toMatch(
          /^筛选第 \d+ 个字符/,
        )
      }
  })
  it('a sentence that nobody put into Chinese → none: the page shows it as the service said it', () => {
    expect(sentenceZh('Something quite new.')).toBeUndefined()
  })
})
