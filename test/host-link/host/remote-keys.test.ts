import { describe, expect, it } from 'vitest'
import { loadStoreOf } from '../../../emulator/device/load-store.ts'
import type { KeyEvent } from '../../../host-link/host/key-book.ts'
import { checkOf, provisionedChecks } from '../../../host-link/host/master-keys.ts'
import { makeRemoteKeys } from '../../../host-link/host/remote-keys.ts'
import { sealUnder } from '../../../host-link/host/seal.ts'
import { makeLoader } from '../../../keys/load/loader.ts'
import { decodeLoadMessage, encodeLoadMessage } from '../../../keys/load/message.ts'
import {
  AT,
  converse,
  type Desk,
  deskOn,
  type Element,
  ID,
  makeDesk,
  makeElement,
  PowerCut,
  SLOT,
  saleWith,
  sessionOf,
  signOnWith,
} from './remote-rig.ts'
import { seeded, type TestTerminal, terminalNumbered } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const FIRST = checkOf('TDES', terminalNumbered(ID).masterKey)

const keysOf = async (desk: Desk) => (await desk.rig.store.masterKeys())[0]
const events = async (desk: Desk) => (await desk.rig.store.keyEvents(ID)).map(({ event }: KeyEvent) => event)

/** A device that has signed on and sold under its first key, and an order for a new one. */
async function ready(desk: Desk) {
  const element = makeElement()
  const terminal = desk.rig.terminal()
  expect([await signOnWith(element, terminal), await saleWith(element, terminal)]).toEqual(['ok', '00'])
  await desk.order()
  return { element, terminal }
}

/** What must hold after every accident: the terminal's key is one that the host holds, and it can go on. */
async function holds(desk: Desk, element: Element): Promise<void> {
  const keys = await keysOf(desk)
  const host = keys ? [keys.current.checkValue, keys.previous?.checkValue] : [FIRST]
  expect(host).toContain(element.checks().master)
}

async function worksAgain(element: Element, terminal: TestTerminal, title: string): Promise<void> {
  expect([await signOnWith(element, terminal), await saleWith(element, terminal)], title).toEqual([
    'ok',
    '00',
  ])
}

describe.each(STORE_KINDS)('远程密钥下载 remote loading of master keys on the %s store', (kind) => {
  it('an ordered loading → the new key on both sides, the old one gone, on record; sign-on and sale under it', async () => {
    const desk = makeDesk(fresh(kind))
    const { element, terminal } = await ready(desk)
    const done = await converse(desk, element)
    expect(done).toMatchObject({ over: { kind: 'loaded', slot: 1 }, hostOver: 'confirmed' })
    const keys = await keysOf(desk)
    expect(keys).toMatchObject({
      terminalId: ID,
      current: { source: 'remote', algorithm: 'TDES', by: 'chen', at: AT },
      previous: undefined,
      pending: undefined,
    })
    expect(keys?.current.checkValue).toBe(element.checks().master)
    expect(keys?.current.checkValue).not.toBe(FIRST)
    expect(await desk.rig.store.keyOrders()).toEqual([])
    await worksAgain(element, terminal, 'after the loading')
    const record = await desk.rig.store.keyEvents(ID)
    expect(record.map(({ event }) => event)).toEqual(['sent', 'proven', 'confirmed'])
    for (const row of record)
      expect(row).toMatchObject({
        terminalId: ID,
        serial: 'SK10000001',
        by: 'chen',
        checkValue: keys?.current.checkValue,
      })
    expect(desk.bell.counts()).toEqual({})
  })

  it('what nobody ordered → refused, an alarm, nothing changed; a second time after a loading → alreadyLoaded', async () => {
    const desk = makeDesk(fresh(kind))
    const element = makeElement()
    expect((await converse(desk, element)).over).toEqual({ kind: 'refused', code: 'notExpected' })
    expect(desk.bell.counts()).toEqual({ keyRefused: 1 })
    expect(await keysOf(desk)).toBeUndefined()
    await desk.order()
    expect((await converse(desk, element)).hostOver).toBe('confirmed')
    expect((await converse(desk, element, { seed: 2 })).over).toEqual({
      kind: 'refused',
      code: 'alreadyLoaded',
    })
    expect(element.checks().master).toBe((await keysOf(desk))?.current.checkValue)
  })

  it('a serial number of no terminal, or of two, and a session of another purpose or role → no key', async () => {
    const store = fresh(kind)
    const desk = makeDesk(store)
    await desk.order()
    const element = makeElement()
    const stranger = await converse(desk, element, { serial: 'SK99999999' })
    expect(stranger.over).toEqual({ kind: 'refused', code: 'unknownSerial' })
    expect(desk.bell.counts()).toEqual({ foreignSerial: 1 })
    const twins = ['10000001', '10000002'].map((id) => terminalNumbered(id, { serial: 'SK10000001' }))
    const two = await converse(deskOn(store, twins, 8), element)
    expect(two.over).toEqual({ kind: 'refused', code: 'unknownSerial' })
    const first = encodeLoadMessage({ kind: 'state', slots: element.slots() })
    for (const other of [
      sessionOf('SK10000001', 1, { purpose: 'host' }),
      sessionOf('SK10000001', 1, {
        peer: { id: 'SK10000001', role: 'station', certificateSerial: new Uint8Array(8) },
      }),
    ])
      expect(await desk.remote.session(other).receive(first)).toEqual({ over: 'ended' })
    expect(await keysOf(desk)).toBeUndefined()
  })

  it('a terminal whose own key the books do not know → refused: it has to be injected', async () => {
    const desk = makeDesk(fresh(kind))
    await desk.order()
    const other = makeElement(terminalNumbered('10000002').masterKey)
    expect((await converse(desk, other)).over).toEqual({ kind: 'refused', code: 'notExpected' })
    expect(desk.bell.counts()).toEqual({ keyRefused: 1 })
    expect(await desk.rig.store.keyOrders()).toHaveLength(1)
  })

  const MESSAGES = 5
  it.each(Array.from({ length: MESSAGES + 1 }, (_, cut) => cut))(
    'the line is cut after message %i, sign-on or loading again → old key or new, both sides agree, a sale works',
    async (cut) => {
      for (const then of ['signOn', 'load'] as const) {
        const title = `cut after ${cut}, then ${then}`
        const desk = makeDesk(fresh(kind), 40 + cut)
        const { element, terminal } = await ready(desk)
        expect((await converse(desk, element, { cut })).carried).toBe(cut)
        await holds(desk, element)
        const again = desk.restarted()
        const after = again.rig.terminal()
        Object.assign(after, { trace: terminal.trace, batch: terminal.batch })
        if (then === 'signOn') await worksAgain(element, after, title)
        // By now a sign-on has put what was proved in force, and its first message has settled it.
        const open = (await again.rig.store.keyOrders()).length > 0 || (await keysOf(again))?.previous
        const second = await converse(again, element, { seed: 2 })
        expect(second.hostOver, title).toBe(open ? 'confirmed' : 'refused')
        expect(element.checks(), title).toEqual({
          master: (await keysOf(again))?.current.checkValue,
          staged: undefined,
        })
        expect((await keysOf(again))?.previous, title).toBeUndefined()
        expect(element.checks().master).not.toBe(FIRST)
        await worksAgain(element, after, title)
      }
    },
  )

  it('the power goes at each save of the terminal → old key or new, and the next loading ends it', async () => {
    for (let save = 0; save < 2; save++) {
      const desk = makeDesk(fresh(kind), 60 + save)
      const { element, terminal } = await ready(desk)
      let saves = 0
      const change = element.change
      const cutting: Element = {
        ...element,
        store: element.store,
        change(act) {
          element.cutBeforeSave = saves++ === save
          return change(act)
        },
      }
      await expect(converse(desk, cutting)).rejects.toThrow(PowerCut)
      element.cutBeforeSave = false
      element.reboot()
      await holds(desk, element)
      expect(element.checks().master).toBe(FIRST)
      expect((await converse(desk, element, { seed: 2 })).hostOver).toBe('confirmed')
      await worksAgain(element, terminal, `save ${save}`)
      expect(element.checks().master).toBe((await keysOf(desk))?.current.checkValue)
    }
  })

  it('P13: the proof is in, the commit is lost → working keys made under the old master key still sell', async () => {
    const desk = makeDesk(fresh(kind))
    const { element, terminal } = await ready(desk)
    await converse(desk, element, { cut: 3 })
    expect(await keysOf(desk)).toMatchObject({ previous: { checkValue: FIRST } })
    expect(await saleWith(element, terminal)).toBe('00')
    expect(await keysOf(desk)).toMatchObject({ previous: { checkValue: FIRST } }) // shows nothing of the new one
    // The answer of a sign-on is lost: the old working keys go on.
    await terminal.ask(terminal.signOnMessage())
    expect(await saleWith(element, terminal)).toBe('00')
    await terminal.ask(terminal.signOnMessage())
    expect(await saleWith(element, terminal)).toBe('00')
    expect(element.checks().master).toBe(FIRST)
    await worksAgain(element, terminal, 'the sign-on puts the new key in force')
    expect(element.checks()).toEqual({ master: (await keysOf(desk))?.current.checkValue, staged: undefined })
    expect((await keysOf(desk))?.previous).toBeUndefined()
    expect(await events(desk)).toEqual(['sent', 'proven', 'confirmed'])
  })

  it('P13: after the first message under the new key the working keys of the old one are refused', async () => {
    const desk = makeDesk(fresh(kind))
    const { element, terminal } = await ready(desk)
    await converse(desk, element, { cut: 3 })
    const old = makeElement()
    old.saved = element.saved
    old.reboot()
    await worksAgain(element, terminal, 'under the new key')
    expect(await saleWith(old, terminal)).toBe('mac A0')
  })

  it('the terminal comes back with its old storage, the proved key gone → the old key counts, and a fresh one is loaded', async () => {
    const desk = makeDesk(fresh(kind))
    const { element, terminal } = await ready(desk)
    const before = element.saved
    await converse(desk, element, { cut: 3 })
    element.saved = before
    element.reboot()
    const lost = (await keysOf(desk))?.current.checkValue
    expect((await converse(desk, element, { seed: 2 })).hostOver).toBe('confirmed')
    expect(await events(desk)).toEqual(['sent', 'proven', 'lost', 'sent', 'proven', 'confirmed'])
    expect(element.checks().master).not.toBe(lost)
    expect(desk.bell.counts()).toEqual({ keyFault: 1 })
    await worksAgain(element, terminal, 'the fresh key')
  })

  it('a wrong proof → not the current key, an alarm, on record; the order stands', async () => {
    const desk = makeDesk(fresh(kind))
    const { element, terminal } = await ready(desk)
    const session = sessionOf()
    const host = desk.remote.session(session)
    const { send } = await host.receive(encodeLoadMessage({ kind: 'state', slots: element.slots() }))
    const load = decodeLoadMessage(send ?? new Uint8Array())
    if (load.kind !== 'load') throw new Error(load.kind)
    const mac = new Uint8Array(16)
    const last = await host.receive(encodeLoadMessage({ kind: 'proof', transaction: load.transaction, mac }))
    expect(last.over).toBe('failed')
    expect(await events(desk)).toEqual(['sent', 'failed'])
    expect(await keysOf(desk)).toMatchObject({ current: { checkValue: FIRST }, pending: undefined })
    expect(await desk.rig.store.keyOrders()).toHaveLength(1)
    expect(desk.bell.counts()).toEqual({ keyFault: 1 })
    await worksAgain(element, terminal, 'the old key')
  })

  it('two sessions of one terminal at once → the key of the later, on both sides; the proof of the earlier comes too late', async () => {
    for (const right of [true, false]) {
      const desk = makeDesk(fresh(kind))
      const { element, terminal } = await ready(desk)
      const copy = makeElement()
      const session = sessionOf('SK10000001', 5)
      const slow = desk.remote.session(session)
      const loader = makeLoader(session, loadStoreOf(copy.store, copy.change, SLOT))
      const { send: load = new Uint8Array() } = await slow.receive(loader.start())
      const { send: proof = new Uint8Array() } = loader.receive(load)
      expect((await converse(desk, element, { seed: 6 })).hostOver).toBe('confirmed')
      const spoilt = proof.map((byte, at) => (right || at < proof.length - 1 ? byte : byte ^ 1))
      expect((await slow.receive(spoilt)).over).toBe(right ? 'ended' : 'failed')
      expect(desk.bell.counts()).toEqual({ keyFault: 1 })
      expect(element.checks().master).toBe((await keysOf(desk))?.current.checkValue)
      await worksAgain(element, terminal, 'after both')
    }
  })

  it('a random source that gives weak or the same keys → none is sent and nothing is pending', async () => {
    const store = fresh(kind)
    const desk = makeDesk(store)
    const { element } = await ready(desk)
    const { masterKey } = terminalNumbered(ID)
    for (const bad of [new Uint8Array(16), new Uint8Array(16).fill(0xab), masterKey]) {
      const remote = makeRemoteKeys({
        ...{ store, terminals: [terminalNumbered(ID)], bell: desk.bell, clock: { now: () => AT } },
        seal: sealUnder(new Uint8Array(32).fill(7), seeded(3)),
        provisioned: provisionedChecks(),
        random: (length) => bad.slice(0, length),
      })
      const first = encodeLoadMessage({ kind: 'state', slots: element.slots() })
      expect(await remote.session(sessionOf()).receive(first)).toEqual({ over: 'ended' })
      expect(await keysOf(desk)).toBeUndefined()
    }
    expect(desk.bell.counts()).toEqual({ keyFault: 3 })
  })

  it('another key in the provisioning file than before → that one counts again; the books of another terminal do not', async () => {
    const store = fresh(kind)
    const desk = makeDesk(store)
    const { element, terminal } = await ready(desk)
    await converse(desk, element)
    const masterKey = new Uint8Array(16).map((_, at) => at * 3 + 2)
    const changed = deskOn(store, [terminalNumbered(ID, { masterKey })], 9)
    const newer = changed.rig.terminal()
    newer.trace = terminal.trace
    await worksAgain(makeElement(masterKey), newer, 'the new provisioning')
    const [row] = await store.transact((books) => ({ result: [books.masters(ID)] }))
    if (!row) throw new Error('no row')
    await store.transact(() => ({
      posting: {
        masters: [
          {
            terminalId: '10000002',
            value: { ...row, provisioned: checkOf('TDES', terminalNumbered('10000002').masterKey) },
          },
        ],
      },
      result: undefined,
    }))
    const swapped = desk.restarted()
    expect((await swapped.rig.terminal('10000002').signOn())[39]).toBe('96')
    expect(swapped.rig.host.alarms()).toEqual({ badKeys: 1 })
  })
})
