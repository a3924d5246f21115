import { describe, expect, it } from 'vitest'
import { aes } from '../../../keys/aes.ts'
import { cmac } from '../../../keys/cmac.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { unwrapKey } from '../../../keys/key-block/key-block.ts'
import { softKbpk } from '../../../keys/key-block/protection-key.ts'
import type { KeyOrder, Station } from '../../../keys/station/station.ts'
import {
  AN,
  BO,
  both,
  CAI,
  COMPONENTS,
  done,
  enrolTwo,
  logInTwo,
  makeZmk,
  PASS_AN,
  PASS_CAI,
  proof,
  readyStation,
  row,
  stations,
  TestTerminal,
  tcpLine,
  utf8,
} from './rig.ts'

const use = stations()
const OTHER = [
  `${'A'.repeat(63)}B`,
  '0123456789ABCDEFFEDCBA98765432100123456789ABCDEFFEDCBA9876543211',
] as const

/** XOR of hex digits: what the combined key must be. */
function sum(...components: readonly string[]): Uint8Array {
  const key = new Uint8Array(32)
  for (const component of components)
    for (const [at, byte] of fromHex(component).entries()) key[at] = (key[at] ?? 0) ^ byte
  return key
}
const kcv = (key: Uint8Array) => toHex(cmac(aes(key), new Uint8Array(16)).slice(0, 5))

/** The third one is an operator. */
async function begun(components: 2 | 3 = 2, more = {}): Promise<Station> {
  const station = await use.open(use.folder())
  await enrolTwo(station)
  done(await station.enrol('Cai Yu', 'operator', utf8('third passphrase'), both()))
  done(await station.beginKey({ label: 'ZMK 1', algorithm: 'AES', components, ...more }, both()))
  return station
}

describe('分量仪式 the ceremony of the ZMK', () => {
  it('two custodians type one component each and see check values only; the key is their sum', async () => {
    const station = await begun()
    const first = done(await station.component(proof(AN), utf8(COMPONENTS[0])))
    expect(first.checkValue).toBe(kcv(fromHex(COMPONENTS[0])))
    expect(station.view().ceremony?.components).toEqual([
      { name: AN, state: 'typed', checkValue: first.checkValue },
    ])
    expect(done(await station.confirmComponent(proof(AN)))).toEqual({ kind: 'ok' })
    done(await station.component(proof(BO), utf8(COMPONENTS[1])))
    const made = done(await station.confirmComponent(proof(BO)))
    expect(made.checkValue).toBe(kcv(sum(...COMPONENTS)))
    expect(station.view()).toMatchObject({
      zmk: { checkValue: made.checkValue, place: 'vault', bytes: 32, label: 'ZMK 1' },
    })
    expect(station.view().ceremony).toBeUndefined()
  })

  it('the digits that are handed in are overwritten, also where they are refused', async () => {
    const station = await begun()
    const [good, bad] = [utf8(COMPONENTS[0]), utf8('12345')]
    await station.component(proof(AN), good)
    await station.component(proof(BO), bad)
    expect([...good, ...bad].every((byte) => byte === 0)).toBe(true)
  })

  it('the same custodian twice → sameCustodian; an operator → notCustodian; somebody who is not logged in → notLoggedIn', async () => {
    const station = await begun()
    done(await station.component(proof(AN), utf8(COMPONENTS[0])))
    expect(await station.component(proof(AN), utf8(COMPONENTS[1]))).toMatchObject({ why: 'sameCustodian' })
    done(await station.confirmComponent(proof(AN)))
    expect(await station.component(proof(AN), utf8(COMPONENTS[1]))).toMatchObject({ why: 'sameCustodian' })
    done(await station.logIn('Cai Yu', utf8('third passphrase')))
    expect(await station.component(proof('Cai Yu'), utf8(COMPONENTS[1]))).toMatchObject({
      why: 'notCustodian',
    })
    done(station.logOut('Cai Yu'))
    expect(await station.component(proof('Cai Yu'), utf8(COMPONENTS[1]))).toMatchObject({
      why: 'notLoggedIn',
    })
    expect(await station.component(proof('Di'), utf8(COMPONENTS[1]))).toMatchObject({ why: 'notLoggedIn' })
  })

  it.each([
    ['a letter that is no hex digit', `G${COMPONENTS[1].slice(1)}`, 'componentHex'],
    ['one digit too few', COMPONENTS[1].slice(1), 'componentHex'],
    ['a component of another length', COMPONENTS[1].slice(32), 'componentHex'],
    ['zeros', '0'.repeat(64), 'componentZero'],
    ["the other's component", COMPONENTS[0], 'componentEqual'],
  ])('%s → %s refused', async (_, digits, why) => {
    const station = await begun()
    done(await station.component(proof(AN), utf8(COMPONENTS[0])))
    expect(await station.component(proof(BO), utf8(digits))).toMatchObject({ kind: 'refused', why })
  })

  it('one digit wrong shows another check value; who rejects it types it again', async () => {
    const station = await begun()
    const wrong = done(await station.component(proof(AN), utf8(`2${COMPONENTS[0].slice(1)}`)))
    expect(wrong.checkValue).not.toBe(kcv(fromHex(COMPONENTS[0])))
    done(station.rejectComponent(AN))
    expect(await station.confirmComponent(proof(AN))).toMatchObject({ why: 'noComponent' })
    expect(done(await station.component(proof(AN), utf8(COMPONENTS[0]))).checkValue).toBe(
      kcv(fromHex(COMPONENTS[0])),
    )
  })

  it('a key with another check value than the form → refused, no ZMK', async () => {
    const right = kcv(sum(...COMPONENTS))
    const station = await begun(2, {
      expectedCheckValue: right.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
    })
    done(await station.component(proof(AN), utf8(COMPONENTS[0])))
    done(await station.confirmComponent(proof(AN)))
    done(await station.component(proof(BO), utf8(COMPONENTS[1])))
    expect(await station.confirmComponent(proof(BO))).toMatchObject({ why: 'checkValue' })
    expect(station.view()).toMatchObject({ missing: ['identity', 'zmk'] })
    expect([...station.audit()].at(-1)).toMatchObject({ event: 'keyMade', result: 'checkValue' })
  })

  it('three components whose sum is nothing → keyWeak', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(await station.enrol('Cai Yu', 'custodian', utf8('third passphrase'), both()))
    done(await station.logIn('Cai Yu', utf8('third passphrase')))
    done(await station.beginKey({ label: 'ZMK 1', algorithm: 'AES', components: 3 }, both()))
    const third = toHex(sum(...COMPONENTS))
    for (const [name, digits] of [
      [AN, COMPONENTS[0]],
      [BO, COMPONENTS[1]],
    ] as const) {
      done(await station.component(proof(name), utf8(digits)))
      done(await station.confirmComponent(proof(name)))
    }
    done(await station.component(proof('Cai Yu'), utf8(third)))
    expect(await station.confirmComponent(proof('Cai Yu'))).toMatchObject({ why: 'keyWeak' })
  })

  it('an order that is none, or a second at once → refused', async () => {
    const station = await begun()
    expect(await station.beginKey({ label: 'K', algorithm: 'AES', components: 2 }, both())).toMatchObject({
      why: 'ceremony',
    })
    done(station.cancelKey())
    expect(station.cancelKey()).toMatchObject({ why: 'noCeremony' })
    // biome-ignore format: one row an order
    const orders: readonly (readonly [KeyOrder, string])[] = [
      [{ label: '', algorithm: 'AES', components: 2 },                                           'keyLabel'],
      [{ label: '00112233445566778899AABBCCDDEEFF', algorithm: 'AES', components: 2 },           'keyLabel'],
      [{ label: '0011 2233-4455 6677', algorithm: 'AES', components: 2 },                        'keyLabel'],
      [{ label: 'K', algorithm: 'TDES', components: 2, bytes: 32 },                              'keySize'],
      [{ label: 'K', algorithm: 'AES', components: 2, expectedCheckValue: '0123' },              'keyCheckValue'],
      [{ label: 'K', algorithm: 'TDES', components: 2, expectedCheckValue: '0123456789' },       'keyCheckValue'],
      [{ label: 'K', algorithm: 'AES', components: 3 },                                          'keyCustodians'],
    ]
    for (const [order, why] of orders) {
      expect(station.checkKey(order), order.label).toEqual({ kind: 'refused', why })
      expect(await station.beginKey(order, both())).toEqual({ kind: 'refused', why })
    }
    expect(station.checkKey({ label: 'K', algorithm: 'AES', components: 2 })).toEqual({ kind: 'ok' })
    expect(await station.generateKey('K', both())).toMatchObject({ why: 'noToken' })
  })

  it('the end of the session forgets the components', async () => {
    const station = await begun()
    done(await station.component(proof(AN), utf8(COMPONENTS[0])))
    station.closeSession()
    expect(station.view().ceremony).toBeUndefined()
    await logInTwo(station)
    expect(await station.component(proof(BO), utf8(COMPONENTS[1]))).toMatchObject({ why: 'noCeremony' })
  })
})

describe('who is logged in is not who types', () => {
  it('one person alone at an open session types nothing in the other’s name: not a component, not its confirmation', async () => {
    const station = await begun()
    const mine = utf8(OTHER[0])
    const asBo = () => proof(BO, PASS_AN)
    expect(await station.component(asBo(), mine)).toEqual({ kind: 'refused', why: 'credentials', detail: BO })
    expect(mine.every((byte) => byte === 0)).toBe(true)
    expect(station.view().ceremony?.components).toEqual([])
    done(await station.component(proof(BO), utf8(COMPONENTS[1])))
    expect(await station.confirmComponent(asBo())).toMatchObject({ why: 'credentials' })
    expect(station.view().ceremony?.components).toMatchObject([{ name: BO, state: 'typed' }])
    expect([...station.audit()].filter(({ event }) => event === 'passphraseRefused')).toMatchObject([
      { person: BO, detail: 'component', result: 'passphrase' },
      { person: BO, detail: 'componentConfirmed', result: 'passphrase' },
    ])
    for (let count = 0; count < 5; count++) await station.component(asBo(), utf8(OTHER[0]))
    expect(await station.confirmComponent(proof(BO))).toMatchObject({ why: 'locked' })
  })

  it('a ZMK is begun, or changed, by the passphrases of two', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    await makeZmk(station)
    const order = { label: 'mine', algorithm: 'AES', components: 2 } as const
    for (const by of [[], [proof(AN)], [proof(AN), proof(AN)]])
      expect(await station.beginKey(order, by)).toMatchObject({ why: 'twoPeople' })
    expect(await station.beginKey(order, [proof(AN), proof(BO, PASS_AN)])).toMatchObject({
      ...{ why: 'credentials', detail: BO },
    })
    expect(await station.generateKey('mine', [proof(AN), proof(BO, PASS_AN)])).toMatchObject({
      why: 'credentials',
    })
    expect(station.view().ceremony).toBeUndefined()
    done(await station.beginKey(order, both()))
  })

  it.each(['logged out', 'dismissed'])('the component of a custodian who is %s is gone', async (how) => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(await station.enrol(CAI, 'custodian', utf8(PASS_CAI), both()))
    done(await station.logIn(CAI, utf8(PASS_CAI)))
    done(await station.beginKey({ label: 'ZMK 1', algorithm: 'AES', components: 2 }, both()))
    done(await station.component(proof(CAI), utf8(COMPONENTS[0])))
    done(await station.confirmComponent(proof(CAI)))
    done(await station.component(proof(BO), utf8(COMPONENTS[1])))
    done(how === 'dismissed' ? await station.dismiss(CAI, both()) : station.logOut(CAI))
    expect(station.view().ceremony?.components.map(({ name }) => name)).toEqual([BO])
    expect(await station.confirmComponent(proof(BO))).toEqual({ kind: 'ok' }) // no key of one
    expect(station.view().zmk).toBeUndefined()
  })

  it('somebody who logs out while the passphrases are worked on agrees to nothing', async () => {
    const station = await use.open(use.folder(), { scryptCost: 1 << 12 }) // some milliseconds each
    await enrolTwo(station)
    done(await station.enrol(CAI, 'custodian', utf8(PASS_CAI), both()))
    done(await station.logIn(CAI, utf8(PASS_CAI)))
    const beginning = station.beginKey({ label: 'K', algorithm: 'AES', components: 2 }, both())
    await new Promise((resolve) => setImmediate(resolve)) // the first is worked on
    done(station.logOut(AN))
    expect(await beginning).toEqual({ kind: 'refused', why: 'notLoggedIn' })
    expect(station.view()).toMatchObject({ state: 'open' })
    expect(station.view().ceremony).toBeUndefined()
  })

  it('a session that ends while a passphrase is worked on → nothing is taken', async () => {
    const station = await begun()
    const typing = station.component(proof(AN), utf8(COMPONENTS[0]))
    station.closeSession()
    expect(await typing).toMatchObject({ kind: 'refused', why: 'closed' })
    expect(station.view().ceremony).toBeUndefined()
  })
})

describe('the ZMK', () => {
  it('is there again after a new start, and the file for the host opens under it', async () => {
    const folder = use.folder()
    const first = await use.open(folder)
    const { issue } = await readyStation(first, [
      { ...row('SN1'), terminalId: '00000001' },
      { serial: 'SN2', slot: 3, algorithm: 'SM4' },
    ])
    const dial = await tcpLine(first)
    const [one, two] = [
      new TestTerminal('SN1', issue('terminal', 'SN1')),
      new TestTerminal('SN2', issue('terminal', 'SN2')),
    ]
    expect((await one.inject(dial)).kind).toBe('loaded')
    expect((await two.inject(dial)).kind).toBe('loaded')
    const { json, keys } = done(first.exportKeys())
    expect(keys).toBe(2)
    const file = JSON.parse(json)
    expect(file).toMatchObject({
      format: 'shuaka-station-keys 1',
      zmk: { checkValue: kcv(sum(...COMPONENTS)) },
    })
    for (const [entry, terminal, letter] of [
      [file.keys[0], one, 'T'],
      [file.keys[1], two, '4'],
    ]) {
      const opened = unwrapKey(softKbpk('AES', sum(...COMPONENTS)), entry.keyBlock)
      if (opened.kind === 'refused') return expect.fail('the block does not open')
      expect(opened.header).toMatchObject({
        version: 'D',
        usage: 'K0',
        mode: 'E',
        algorithm: letter,
        exportability: 'N',
        keyVersion: '01',
      })
      expect(opened.header.optional).toEqual([{ id: 'LB', data: `${entry.serial}/${entry.slot}` }])
      expect(entry.checkValue).toBe(terminal.checkValue(entry.slot))
    }
    expect(file.keys[0].terminalId).toBe('00000001')
  })

  it('a new one takes the keys of all terminals over', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1')])
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect((await terminal.inject(await tcpLine(station))).kind).toBe('loaded')
    const before = JSON.parse(done(station.exportKeys()).json).keys[0].keyBlock
    await makeZmk(station, OTHER)
    const after = JSON.parse(done(station.exportKeys()).json).keys[0].keyBlock
    const keyOf = (block: string, ...components: readonly string[]) => {
      const opened = unwrapKey(softKbpk('AES', sum(...components)), block)
      return opened.kind === 'opened' ? toHex(opened.key) : undefined
    }
    expect(keyOf(after, ...OTHER)).toBe(keyOf(before, ...COMPONENTS))
    expect(keyOf(after, ...OTHER)).toBeDefined()
    expect(keyOf(after, ...COMPONENTS)).toBeUndefined()
  })

  it('of TDES takes TDES keys in version B and no SM4 keys', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(station.expect([{ serial: 'SN1', slot: 0, algorithm: 'SM4' }]) as { kind: 'ok' })
    const ceremony = async (a: string, b: string) => {
      done(await station.beginKey({ label: 'old ZMK', algorithm: 'TDES', components: 2 }, both()))
      done(await station.component(proof(AN), utf8(a)))
      done(await station.confirmComponent(proof(AN)))
      done(await station.component(proof(BO), utf8(b)))
      return station.confirmComponent(proof(BO))
    }
    const parts = ['0123456789ABCDEFFEDCBA9876543210', '13579BDF02468ACE2468ACE013579BDF'] as const
    expect(await ceremony(...parts)).toMatchObject({ why: 'terminals' })
    done(station.forget('SN1', 0))
    done(await ceremony(...parts))
    expect(station.view().zmk).toMatchObject({ algorithm: 'TDES', bytes: 16 })
    expect(station.expect([{ serial: 'SN1', slot: 0, algorithm: 'SM4' }])).toMatchObject({ kind: 'faults' })
    const parity = parts[0].replace('01', '00') // the same component with another parity bit
    done(await station.beginKey({ label: 'K', algorithm: 'TDES', components: 2 }, both()))
    done(await station.component(proof(AN), utf8(parts[0])))
    expect(await station.component(proof(BO), utf8(parity))).toMatchObject({ why: 'componentEqual' })
  })
})
