import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FileFault } from '../../scripts/json-file.ts'
import { parseCards, parseProvision, readCards, readProvision, STORES_MAX } from '../../scripts/provision.ts'

const folder = mkdtempSync(join(tmpdir(), 'shuaka-provision-'))
afterAll(() => rmSync(folder, { recursive: true }))

const demo = (name: string) => new URL(`../../scripts/demo/${name}`, import.meta.url).pathname

function luhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

const key = {
  slot: 1,
  usage: 'TMK',
  algorithm: 'TDES',
  key: 'DE30DE31DE32DE33DE34DE35DE36DE37',
  kcv: '117E97',
}
const provision = {
  terminal: {
    serial: 'SK1',
    terminalId: '10000001',
    merchantId: '898320153110001',
    merchantName: '示例',
  },
  keys: [key],
  host: { tpdu: '6000030000', profile: 'mall' },
}
const card = {
  name: 'bank',
  pan: '6222600001234567890',
  track2: '6222600001234567890=3012201',
  balanceFen: 1,
}

describe('demo files', () => {
  it('mall.json → the mall terminal with its stores, a key with the right check value', () => {
    const mall = readProvision(demo('mall.json'))
    expect(mall.terminal).toMatchObject({ serial: 'SK000001', terminalId: '10000001' })
    expect(mall.host.profile).toBe('mall')
    expect(mall.parameters).toEqual({ storeNumberRequired: true })
    expect(mall.stores.length).toBeGreaterThanOrEqual(12)
    expect(mall.stores).toContainEqual({ number: '0012', name: '青石厨具' })
  })
  it('shop.json → a terminal of a single shop', () => {
    expect(readProvision(demo('shop.json'))).toMatchObject({ host: { profile: 'standard' }, stores: [] })
  })
  it('cards.json → cards with right check digits, but for the bank card of the scenario', () => {
    const cards = readCards(demo('cards.json'))
    expect(cards.filter(({ pan }) => !luhn(pan)).map(({ name }) => name)).toEqual(['bank'])
    expect(cards.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['bank', 'member', 'chip', 'expired', 'poor', 'wrong-pin', 'lost']),
    )
  })
})

describe('provisioning file', () => {
  const without = (name: string) =>
    Object.fromEntries(Object.entries(provision).filter(([property]) => property !== name))
  const terminal = (more: object) => ({ ...provision, terminal: { ...provision.terminal, ...more } })
  const stores = (list: unknown) => ({ ...provision, stores: list })

  it('whole → its values', () => {
    expect(parseProvision(provision, 'f')).toMatchObject({ keys: [{ slot: 1 }], parameters: {}, stores: [] })
  })
  it('without keys → a terminal whose key comes from an injection station, in slot 1 or the one named', () => {
    expect(parseProvision(without('keys'), 'f')).toMatchObject({ keys: [], host: { keySlot: 1 } })
    const named = { ...without('keys'), host: { ...provision.host, keySlot: 0 } }
    expect(parseProvision(named, 'f').host.keySlot).toBe(0)
    const keyed = { ...provision, keys: [{ ...key, slot: 4 }] }
    expect(parseProvision(keyed, 'f').host.keySlot).toBe(4)
  })
  it('parameters → those given, without the defaults', () => {
    const parameters = { locale: 'en', amountMaxFen: 5, pinBypass: false }
    expect(parseProvision({ ...provision, parameters }, 'f').parameters).toEqual(parameters)
  })
  it('3000 stores → taken; one more → one sentence', () => {
    const list = (length: number) =>
      stores(Array.from({ length }, (_, at) => ({ number: String(10_000 + at), name: 'a' })))
    expect(parseProvision(list(STORES_MAX), 'f').stores).toHaveLength(3_000)
    expect(() => parseProvision(list(STORES_MAX + 1), 'f')).toThrow(
      new FileFault('f', 'stores', 'wants at most 3000 stores, there are 3001'),
    )
  })
  // biome-ignore format: one row a fault
  const faults: readonly (readonly [file: unknown, sentence: string])[] = [
    [7,                                                       'f: wants an object'],
    [{ ...provision, colour: 1 },                             'f: "colour" is not a property here'],
    [without('terminal'),                                     'f: terminal: wants an object'],
    [terminal({ terminalId: '1' }),                           'f: terminal.terminalId: wants 8 letters or digits'],
    [terminal({ merchantId: 898320153110001 }),               'f: terminal.merchantId: wants 15 letters or digits'],
    [terminal({ serial: '' }),                                'f: terminal.serial: wants 1 to 20 ASCII characters'],
    [{ ...provision, keys: {} },                              'f: keys: wants an array of keys'],
    [{ ...provision, host: { ...provision.host, keySlot: 10 } }, 'f: host.keySlot: wants a whole number from 0 to 9'],
    [{ ...provision, host: { ...provision.host, keySlot: 2 } }, 'f: host.keySlot: none of "keys" is in this slot'],
    [{ ...provision, keys: [{ ...key, kcv: '117E98' }] },     'f: keys[0]: the check value "kcv" does not belong to "key"'],
    [{ ...provision, keys: [key, key] },                      'f: keys[1].slot: 1 occurs twice'],
    [{ ...provision, host: { tpdu: '60', profile: 'mall' } }, 'f: host.tpdu: wants 60 and eight more digits'],
    [{ ...provision, host: { tpdu: '6000030000', profile: 'x' } }, 'f: host.profile: wants one of standard, member, mall'],
    [{ ...provision, parameters: [] },                        'f: parameters: wants an object'],
    [{ ...provision, parameters: { a: [] } },                 'f: parameter a is not known'],
    [{ ...provision, parameters: { storeNumberRequired: 1 } }, 'f: parameter storeNumberRequired must be true or false'],
    [{ ...provision, parameters: { locale: 'fr' } },          'f: parameter locale must be zh or en'],
    [{ ...provision, parameters: { receiptCopies: null } },   'f: parameter receiptCopies must be 1 or 2'],
    [{ ...provision, parameters: { answerTimeoutSeconds: 4 } }, 'f: parameter answerTimeoutSeconds must be a whole number from 5 to 120'],
    [stores({}),                                              'f: stores: wants an array of stores'],
    [stores([{ number: '12', name: 'a' }]),                   'f: stores[0].number: wants 4 to 8 digits, as a text'],
    [stores([{ number: '0012', name: 'a' }, { number: '0012', name: 'b' }]), 'f: stores[1].number: 0012 occurs twice'],
  ]
  it.each(faults)('fault %#: → %s', (file, sentence) => {
    expect(() => parseProvision(file, 'f')).toThrow(new FileFault('f', '', sentence.slice(3)))
  })
})

describe('cards file', () => {
  it('whole → its values, label and status filled in', () => {
    expect(parseCards([card], 'f')).toEqual([
      { ...card, label: 'bank', status: 'active', kind: 'bank', points: 0 },
    ])
  })
  // biome-ignore format: one row a fault
  const faults: readonly (readonly [file: unknown, sentence: string])[] = [
    [{},                                             'f: wants an array of cards'],
    [[{ ...card, name: 'Bank' }],                    'f: [0].name: wants lower-case letters, digits and hyphens'],
    [[{ ...card, pan: '1' }],                        'f: [0].pan: wants 12 to 19 digits'],
    [[{ ...card, track2: '6222600001234567891=3012201' }], 'f: [0].track2: wants the same card number as "pan"'],
    [[{ ...card, track2: '6222600001234567890=3013201' }], 'f: [0].track2: wants an expiry YYMM with a month from 01 to 12'],
    [[{ ...card, pin: 123456 }],                     'f: [0].pin: wants 4 to 12 digits, as a text'],
    [[{ ...card, balanceFen: 1.5 }],                 'f: [0].balanceFen: wants a whole number of fen from 0 to 999999999999'],
    [[{ ...card, status: 'gone' }],                  'f: [0].status: wants "active", "inactive", "lost" or "stolen"'],
    [[{ ...card, kind: 'gold' }],                    'f: [0].kind: wants "bank" or "member"'],
    [[{ ...card, points: -1 }],                      'f: [0].points: wants a whole number of points from 0 to 999999999999'],
    [[card, { ...card, name: 'other' }],             'f: [1].pan: this card number occurs twice'],
    [[card, card],                                   'f: [1].name: "bank" occurs twice'],
  ]
  it.each(faults)('fault %#: → %s', (file, sentence) => {
    expect(() => parseCards(file, 'f')).toThrow(new FileFault('f', '', sentence.slice(3)))
  })
})

describe('files', () => {
  it('missing, a folder, no JSON → one sentence that names the file', () => {
    const path = join(folder, 'broken.json')
    writeFileSync(path, '{')
    expect(() => readProvision(path)).toThrow(`${path}: the file is not JSON`)
    expect(() => readCards(join(folder, 'none'))).toThrow(`${join(folder, 'none')}: there is no such file`)
    expect(() => readCards(folder)).toThrow(`${folder}: the file cannot be read`)
  })
  it('a byte order mark first → read as without', () => {
    const path = join(folder, 'mark.json')
    writeFileSync(path, `\uFEFF${JSON.stringify([card])}`)
    expect(readCards(path)).toHaveLength(1)
    writeFileSync(path, `\uFEFF${JSON.stringify(provision)}`)
    expect(readProvision(path).terminal.serial).toBe('SK1')
  })
})
