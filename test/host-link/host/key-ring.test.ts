import { describe, expect, it } from 'vitest'
import { makeRig } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

describe.each(STORE_KINDS)('keys of a terminal on the %s store', (kind) => {
  it('P13: the first message under new keys ends the previous ones, also when the host restarts after it', async () => {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal()
    await terminal.signOn()
    await terminal.ask(terminal.saleMessage())
    const old = terminal.keys
    await terminal.signOn()
    expect((await terminal.ask(terminal.saleMessage())).fields[39]).toBe('00')
    const again = rig.restarted().terminal()
    Object.assign(again, { keys: old, trace: terminal.trace })
    expect((await again.ask(again.saleMessage())).fields[39]).toBe('A0')
    Object.assign(again, { keys: terminal.keys })
    expect((await again.ask(again.saleMessage())).fields[39]).toBe('00')
  })

  it('keys sealed under another secret → one alarm a request, and a sign-on makes new ones', async () => {
    const store = fresh(kind)
    const terminal = makeRig({ store }).terminal()
    await terminal.signOn()
    await terminal.ask(terminal.saleMessage())
    const rig = makeRig({ store, secret: new Uint8Array(32).fill(8) })
    const again = rig.terminal()
    again.trace = terminal.trace
    expect((await again.signOn())[39]).toBe('00')
    expect(rig.host.alarms()).toEqual({ badKeys: 1 })
    expect((await again.ask(again.saleMessage())).fields[39]).toBe('00')
    expect(rig.host.alarms()).toEqual({ badKeys: 1 })
  })

  it('P13: without a message under the new keys the previous ones are taken, also after a restart', async () => {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal()
    await terminal.signOn()
    await terminal.ask(terminal.saleMessage())
    const old = terminal.keys
    await terminal.signOn()
    const again = rig.restarted().terminal()
    Object.assign(again, { keys: old, trace: terminal.trace })
    const [frame = new Uint8Array()] = await again.exchange(again.saleMessage())
    expect(again.opened(frame)).toMatchObject({ macRight: true, message: { fields: { 39: '00' } } })
  })
})
