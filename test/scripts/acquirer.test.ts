import { describe, expect, it } from 'vitest'
import {
  businessDateOf,
  dayAfter,
  monthsAfter,
  newestMessage,
  PLAIN_ACQUIRER,
} from '../../host-link/host/acquirer.ts'
import { parseAcquirer, readAcquirer } from '../../scripts/acquirer.ts'
import { FileFault } from '../../scripts/json-file.ts'

const fee = { card: 'any', ratePpm: 6_000, leastFen: 1 }
const offer = {
  name: 'A',
  payer: 'M',
  kind: 'discount',
  percent: 5,
  leastFen: 100,
  from: '20261101',
  to: '20261130',
}
const programme = { code: 'P', name: 'P', terms: { '3': { ratePpm: 1 } }, feeMode: '0' }
const bill = { biller: '01', customer: '1', bill: 'A1', text: 'T', amountFen: 5 }
const message = { number: 1, date: '20261101', text: 'T' } as const

describe('acquirer file 收单规则', () => {
  it('the demonstration file → its rules', () => {
    const demo = readAcquirer(new URL('../../scripts/demo/acquirer.json', import.meta.url).pathname)
    expect(demo).toMatchObject({ cutOver: '23:00', orphans: 'creditBack', topUp: { limitFen: 500_000 } })
    expect(demo.offers.map(({ kind, payer }) => kind + payer)).toEqual(['discountM', 'cashBackS'])
    expect(demo.programmes.map(({ code }) => code)).toEqual(['HOME01', 'HOME02'])
    expect([demo.bills.length, demo.messages.length, demo.staff.length]).toEqual([3, 2, 3])
  })
  it('an empty object → as without a file', () => {
    expect(parseAcquirer({}, 'f')).toEqual(PLAIN_ACQUIRER)
  })
  it('lists that are left out of a row are empty; messages come in order', () => {
    const { offers, messages } = parseAcquirer(
      { offers: [offer], messages: [{ ...message, number: 7 }, message] },
      'f',
    )
    expect(offers[0]).toMatchObject({ prefixes: [], stores: [], percent: 5 })
    expect(messages.map(({ number }) => number)).toEqual([1, 7])
  })
  // biome-ignore format: one row a fault
  const faults: readonly (readonly [file: unknown, sentence: string])[] = [
    [[],                                               'f: wants an object'],
    [{ colour: 1 },                                    'f: "colour" is not a property here'],
    [{ cutOver: '24:00' },                             'f: cutOver: wants a time like 23:00'],
    [{ orphans: 'keep' },                              'f: orphans: wants "creditBack" or "accept"'],
    [{ fees: 1 },                                      'f: fees: wants an array of at most 10000'],
    [{ fees: [{ ...fee, card: 'gold' }] },             'f: fees[0].card: wants "member", "bank", "cash" or "any"'],
    [{ fees: [{ ...fee, ratePpm: 1_000_001 }] },       'f: fees[0].ratePpm: wants at most 1000000 parts per million'],
    [{ fees: [{ ...fee, ratePpm: 0.5 }] },             'f: fees[0].ratePpm: wants a whole number of parts per million from 0 to 999999999999'],
    [{ fees: [fee] },                                  'f: fees: wants a row for "any" and a row for "cash" that name no merchant and no store'],
    [{ fees: [{ ...fee, card: 'cash' }, { ...fee, store: '0008' }] }, 'f: fees: wants a row for "any" and a row for "cash" that name no merchant and no store'],
    [{ fees: [{ ...fee, capFen: 0 }] },                'f: fees[0].capFen: wants no less than "leastFen"'],
    [{ fees: [{ ...fee, store: 12 }] },                'f: fees[0].store: wants 4 to 8 digits, as a text'],
    [{ offers: [{ ...offer, payer: 'X' }] },           'f: offers[0].payer: wants "S", "M" or "I"'],
    [{ offers: [{ ...offer, kind: 'gift' }] },         'f: offers[0].kind: wants "discount" or "cashBack"'],
    [{ offers: [{ ...offer, fen: 5 }] },               'f: offers[0]: wants one of "percent" and "fen"'],
    [{ offers: [{ ...offer, percent: 101 }] },         'f: offers[0].percent: wants 1 to 100'],
    [{ offers: [{ ...offer, to: '20261031' }] },       'f: offers[0].to: wants no day before "from"'],
    [{ offers: [{ ...offer, from: '2026-11-01' }] },   'f: offers[0].from: wants a date like 20261121'],
    [{ offers: [{ ...offer, name: '十一个字的名字是太长了' }] }, 'f: offers[0].name: wants a name of 1 to 10 characters'],
    [{ offers: [{ ...offer, prefixes: [''] }] },       'f: offers[0].prefixes[0]: wants the first digits of card numbers, as a text'],
    [{ pointsPerYuan: { member: 101 } },               'f: pointsPerYuan.member: wants at most 100 points'],
    [{ programmes: [programme, programme] },           'f: programmes[1]: P occurs twice'],
    [{ programmes: [{ ...programme, terms: { '1': { ratePpm: 1 } } }] }, 'f: programmes[0].terms: wants numbers of terms from 2 to 99'],
    [{ programmes: [{ ...programme, feeMode: 0 }] },   'f: programmes[0].feeMode: wants "0" or "1"'],
    [{ bills: [{ ...bill, amountFen: 0 }] },           'f: bills[0].amountFen: wants at least 1 fen'],
    [{ bills: [bill, bill] },                          'f: bills[1]: 01 1 A1 occurs twice'],
    [{ messages: [message, message] },                 'f: messages[1]: 1 occurs twice'],
    [{ messages: [{ ...message, number: 0 }] },        'f: messages[0].number: wants 1 to 999999'],
    [{ askDownload: 360 },                             'f: askDownload: wants "360" or "364"'],
    [{ download: { tips: 1 } },                        'f: download.tips: wants true or false'],
    [{ download: { resends: 10 } },                    'f: download.resends: wants at most 9'],
    [{ download: { transactions: 'XYZ' } },            'f: download.transactions: wants eight hex digits'],
    [{ staff: [{ terminal: '1', operator: '01', name: 'A' }] }, 'f: staff[0].terminal: wants 8 letters or digits'],
    [{ topUp: { limitFen: -1 } },                      'f: topUp.limitFen: wants a whole number of fen from 0 to 999999999999'],
    [{ notify: { url: 'ftp://x' } },                   'f: notify.url: wants an address like http://127.0.0.1:9200/'],
  ]
  it.each(faults)('fault %#: → %s', (file, sentence) => {
    expect(() => parseAcquirer(file, 'f')).toThrow(new FileFault('f', '', sentence.slice(3)))
  })
})

describe('dates', () => {
  it.each([
    ['20261130', '20261201'],
    ['20261231', '20270101'],
    ['20280228', '20280229'],
    ['20270228', '20270301'],
    ['21000228', '21000301'],
    ['20000228', '20000229'],
  ])('the day after %s → %s', (date, next) => {
    expect(dayAfter(date)).toBe(next)
  })
  it.each([
    ['20261130', 3, '20270228'],
    ['20270831', 6, '20280229'],
    ['20261121', 0, '20261121'],
    ['20261231', 1, '20270131'],
  ])('%s, %i months later → %s', (date, months, then) => {
    expect(monthsAfter(date, months)).toBe(then)
  })
  it('business date 清算日期: from the cut-over minute on, the next day’s', () => {
    expect(businessDateOf({ date: '20261231', time: '225959' }, '23:00')).toBe('20261231')
    expect(businessDateOf({ date: '20261231', time: '230000' }, '23:00')).toBe('20270101')
    expect(businessDateOf({ date: '20261231', time: '000000' }, '00:00')).toBe('20270101')
  })
  it('newest message: of all terminals and this one; 0 without', () => {
    const messages = [message, { ...message, number: 3, terminal: '10000001' }]
    expect(newestMessage({ ...PLAIN_ACQUIRER, messages }, '10000001')).toBe(3)
    expect(newestMessage({ ...PLAIN_ACQUIRER, messages }, '10000002')).toBe(1)
    expect(newestMessage(PLAIN_ACQUIRER, '10000002')).toBe(0)
  })
})
