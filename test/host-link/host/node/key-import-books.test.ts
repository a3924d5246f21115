import { describe, expect, it } from 'vitest'
import type { HostTime } from '../../../../host-link/host/ledger.ts'
import { checkOf, sealMasters } from '../../../../host-link/host/master-keys.ts'
import type { ExportedKey } from '../../../../host-link/host/node/key-import.ts'
import { importKey, type Verdict } from '../../../../host-link/host/node/key-import-books.ts'
import type { HostTerminal } from '../../../../host-link/host/registry.ts'
import { sealUnder } from '../../../../host-link/host/seal.ts'
import { hexOf } from '../../../../host-link/wire/bytes.ts'
import { normalMasterKey } from '../../../../keys/load/master-block.ts'
import { decodeLoadMessage, encodeLoadMessage } from '../../../../keys/load/message.ts'
import { hex } from '../../../keys/vectors.ts'
import {
  converse,
  type Desk,
  deskOn,
  type Element,
  ID,
  makeDesk,
  makeElement,
  SERIAL,
  SLOT,
  saleWith,
  sessionOf,
  signOnWith,
} from '../remote-rig.ts'
import { seeded, type TestTerminal, terminalNumbered } from '../rig.ts'
import { freshStores, STORE_KINDS } from '../stores.ts'

const fresh = freshStores()
const FILE_KEY = checkOf('TDES', terminalNumbered(ID).masterKey)
const EARLIER: HostTime = { date: '20261121', time: '120000' }
const LATER: HostTime = { date: '20261122', time: '080000' }
const LAST: HostTime = { date: '20261122', time: '090000' }

/** A key of the station, and the loading that brings it. */
function madeKey(seed: number) {
  const key = normalMasterKey('TDES', seeded(seed)(16))
  return { key, transaction: seeded(seed + 500)(8), checkValue: checkOf('TDES', key) }
}
type MadeKey = ReturnType<typeof madeKey>
const K1 = madeKey(1)
const K2 = madeKey(2)

function staged(element: Element, { key, transaction }: MadeKey): void {
  const master = { algorithm: 'TDES', bytes: key.slice(), keyVersion: '01' } as const
  const slot = { usage: 'TMK', number: SLOT } as const
  expect(
    element.change((store) => store.stageMaster(slot, master, { transaction, remote: false }).kind === 'ok'),
  ).toBe(true)
}
/** 密钥注入 to its end at the terminal. */
function injected(element: Element, one: MadeKey): void {
  staged(element, one)
  expect(element.change((store) => store.commitStaged(one.transaction).kind === 'ok')).toBe(true)
}

function exportedRow(one: MadeKey, at = EARLIER, more: Partial<ExportedKey> = {}): ExportedKey {
  return {
    ...({ serial: SERIAL, terminalId: ID, slot: SLOT, algorithm: 'TDES', keyVersion: '01' } as const),
    ...({ state: 'loaded', at, keyBlock: '', ...more } as const),
    ...{ checkValue: one.checkValue, transaction: hexOf(one.transaction) },
  }
}

/** One key of an export is brought to the host. */
async function brought(
  desk: Desk,
  one: MadeKey,
  at = EARLIER,
  more: Partial<ExportedKey> = {},
  terminal: HostTerminal = terminalNumbered(ID),
): Promise<Verdict> {
  const { store } = desk.rig
  const record = await store.keyEvents(ID)
  const key = { terminal, row: exportedRow(one, at, more), bytes: one.key.slice() }
  const seal = sealUnder(new Uint8Array(32).fill(7), seeded(77))
  return store.transact((books) => {
    const { verdict, posting } = importKey(seal, key, books, { record, by: 'wu', at: LAST })
    return { ...(posting && { posting }), result: verdict }
  })
}
const proven = { state: 'proven' } as const

const keysOf = async (desk: Desk) => {
  const [keys] = await desk.rig.store.masterKeys()
  return { current: keys?.current.checkValue, previous: keys?.previous?.checkValue }
}
const record = async (desk: Desk) => (await desk.rig.store.keyEvents(ID)).map(({ event }) => event)
async function renewed(desk: Desk, element: Element, seed = 1): Promise<string | undefined> {
  await desk.order()
  expect((await converse(desk, element, { seed })).over).toMatchObject({ kind: 'loaded' })
  return element.checks().master
}
const works = async (terminal: TestTerminal, element: Element) => [
  await signOnWith(element, terminal),
  await saleWith(element, terminal),
]
/** A host, a terminal's secure element with the key of its provisioning file, and that terminal. */
function made(kind: (typeof STORE_KINDS)[number]) {
  const desk = makeDesk(fresh(kind))
  return { desk, element: makeElement(), terminal: desk.rig.terminal() }
}

describe.each(STORE_KINDS)('import of a station’s cumulative export on the %s store', (kind) => {
  it('the key that is in use → imported once; then before, nothing written', async () => {
    const { desk, element, terminal } = made(kind)
    injected(element, K1)
    expect(await brought(desk, K1)).toBe('imported')
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    const asked = await converse(desk, element) // nobody ordered a loading
    expect(asked.over).toEqual({ kind: 'refused', code: 'notExpected' })
    expect(await brought(desk, K1)).toBe('before')
    expect(await brought(desk, K1, LATER, proven)).toBe('before')
    expect(await record(desk)).toEqual(['imported'])
    const [line] = await desk.rig.store.keyEvents(ID)
    expect(line).toMatchObject({ checkValue: K1.checkValue, by: 'wu', at: LAST, why: undefined })
    expect((await desk.rig.store.masterKeys())[0]?.current).toMatchObject({ at: EARLIER, source: 'station' })
  })

  it('a key that was renewed remotely since → left, also where the station’s clock is ahead; the terminal goes on', async () => {
    const { desk, element, terminal } = made(kind)
    injected(element, K1)
    expect(await brought(desk, K1, LATER)).toBe('imported')
    const now = await renewed(desk, element)
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    expect(await brought(desk, K1, LAST)).toBe('older')
    expect(await brought(desk, K1, LAST, proven)).toBe('older')
    expect(await keysOf(desk)).toEqual({ current: now, previous: undefined })
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    injected(element, K2)
    expect(await brought(desk, K2, LAST)).toBe('imported')
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    expect(await brought(desk, K1, LAST)).toBe('older')
  })

  it('a key that this host never had: older than the key in use → left, newer → imported', async () => {
    const { desk, element } = made(kind)
    const now = await renewed(desk, element) // on 2026-11-21 at 22:04:52
    expect(await brought(desk, K1, EARLIER)).toBe('older')
    expect(await keysOf(desk)).toEqual({ current: now, previous: undefined })
    expect(await brought(desk, K2, LAST)).toBe('imported')
    expect(await brought(desk, K1, LATER)).toBe('older') // an export that was brought too late
    expect(await keysOf(desk)).toEqual({ current: K2.checkValue, previous: undefined })
  })

  it('proven only, and the host has a key of that terminal → it waits: sale and sign-on go on, after the commit it is imported', async () => {
    const { desk, element, terminal } = made(kind)
    staged(element, K1)
    expect(await brought(desk, K1, EARLIER, proven)).toBe('waits')
    expect([await keysOf(desk), await record(desk)]).toEqual([
      { current: undefined, previous: undefined },
      [],
    ])
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    injected(element, K1)
    expect(await brought(desk, K1, LATER)).toBe('imported')
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    staged(element, K2)
    expect(await brought(desk, K2, LAST, proven)).toBe('waits')
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    expect(await keysOf(desk)).toEqual({ current: K1.checkValue, previous: undefined })
  })

  it('proven only, and the host has none → imported; the station’s next export confirms it, once', async () => {
    const keyless = { ...terminalNumbered(ID), masterKey: undefined }
    const desk = deskOn(fresh(kind), [keyless], 5)
    const [element, terminal] = [makeElement(), desk.rig.terminal()]
    injected(element, K1)
    expect(await brought(desk, K1, EARLIER, proven, keyless)).toBe('imported')
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    expect(await brought(desk, K1, LATER, proven, keyless)).toBe('before')
    expect(await brought(desk, K1, LATER, {}, keyless)).toBe('confirmed')
    expect(await brought(desk, K1, LATER, {}, keyless)).toBe('before')
    expect(await record(desk)).toEqual(['imported', 'confirmed'])
    expect(await works(terminal, element)).toEqual(['ok', '00'])
    injected(element, K2)
    expect(await brought(desk, K2, LAST, {}, keyless)).toBe('imported')
    expect(await brought(desk, K1, LAST, proven, keyless)).toBe('older')
    const other = deskOn(fresh(kind), [keyless], 6)
    expect(await brought(other, K1, EARLIER, proven, keyless)).toBe('imported')
    expect(await brought(other, K2, LATER, {}, keyless)).toBe('imported')
    expect(await brought(other, K1, LAST, proven, keyless)).toBe('older') // never confirmed, and another one since
  })

  it('proven once, never confirmed, and the terminal has another key since → older, whatever its time', async () => {
    const keyless = { ...terminalNumbered(ID), masterKey: undefined }
    const desk = deskOn(fresh(kind), [keyless], 5)
    expect(await brought(desk, K1, EARLIER, proven, keyless)).toBe('imported')
    expect(await brought(desk, K2, LATER, {}, keyless)).toBe('imported')
    expect(await brought(desk, K1, LAST, proven, keyless)).toBe('older')
    expect(await keysOf(desk)).toEqual({ current: K2.checkValue, previous: undefined })
  })

  it('a terminal that tells of the station’s stage → not committed by the host: it gets a key of the host’s own', async () => {
    const { desk, element } = made(kind)
    staged(element, K1)
    const terminal = terminalNumbered(ID)
    const noted = ({ key, checkValue, transaction }: MadeKey) => ({
      note: {
        ...({ algorithm: 'TDES', source: 'station', at: EARLIER } as const),
        ...{ checkValue, transaction: hexOf(transaction) },
      },
      bytes: key.slice(),
    })
    const inFile = { key: terminal.masterKey, checkValue: FILE_KEY, transaction: K2.transaction }
    const seal = sealUnder(new Uint8Array(32).fill(7), seeded(77))
    const masters = { current: noted(K1), previous: noted(inFile), pending: undefined }
    const value = sealMasters(seal, terminal, masters)
    await desk.rig.store.transact(() => ({
      posting: { masters: [{ terminalId: ID, value }] },
      result: undefined,
    }))
    const giver = desk.remote.session(sessionOf())
    const told = encodeLoadMessage({ kind: 'state', slots: element.slots() })
    const { send } = await giver.receive(told)
    expect(send && decodeLoadMessage(send).kind).toBe('load')
  })

  it('a terminal whose provisioning file was given another key since → an old export does not take that away', async () => {
    const desk = makeDesk(fresh(kind))
    expect(await brought(desk, K1)).toBe('imported')
    const other = { ...terminalNumbered(ID), masterKey: hex('7CA23D5B94E6108F2B4C6D8EA1F3957D') }
    expect(await brought(desk, K1, LAST, {}, other)).toBe('older')
  })
})
