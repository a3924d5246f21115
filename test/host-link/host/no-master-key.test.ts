import { describe, expect, it } from 'vitest'
import { sealMasters } from '../../../host-link/host/master-keys.ts'
import type { HostTerminal } from '../../../host-link/host/registry.ts'
import { sealUnder } from '../../../host-link/host/seal.ts'
import type { Store } from '../../../host-link/host/store.ts'
import { AT, converse, deskOn, ID, makeElement, signOnWith } from './remote-rig.ts'
import { seeded, terminalNumbered } from './rig.ts'
import { freshStores } from './stores.ts'

const fresh = freshStores()
const keyed = terminalNumbered(ID)
/** As its provisioning file has it that comes from an injection station. */
const keyless: HostTerminal = { ...keyed, masterKey: undefined }
const OWN = Uint8Array.from({ length: 16 }, (_, at) => at * 3 + 2)

/** What `shuaka host import-keys` does, for a file as it was then. */
async function imported(store: Store, terminal: HostTerminal, bytes: Uint8Array): Promise<void> {
  const note = {
    algorithm: 'TDES',
    checkValue: makeElement(bytes).checks().master ?? '',
    source: 'station',
    at: AT,
  } as const
  const masters = { current: { note, bytes: bytes.slice() }, previous: undefined, pending: undefined }
  const value = sealMasters(sealUnder(new Uint8Array(32).fill(7), seeded(4)), terminal, masters)
  await store.transact(() => ({ posting: { masters: [{ terminalId: ID, value }] }, result: undefined }))
}

describe('a terminal that the host knows, without its master key', () => {
  it('signs on → 97 and alarm noMasterKey; its sale → A0; nothing is in the books of it', async () => {
    const desk = deskOn(fresh('memory'), [keyless], 3)
    const terminal = desk.rig.terminal()
    expect((await terminal.signOn())[39]).toBe('97')
    expect(desk.rig.host.alarms()).toEqual({ noMasterKey: 1 })
    expect((await terminal.ask(terminal.saleMessage())).fields[39]).toBe('A0')
    expect(await desk.rig.store.masterKeys()).toEqual([])
  })

  it('asks for a new key over the line, ordered or not → notExpected and alarm keyRefused', async () => {
    const desk = deskOn(fresh('memory'), [keyless], 3)
    const element = makeElement(OWN)
    for (const _ of ['not ordered', 'ordered']) {
      expect((await converse(desk, element)).over).toEqual({ kind: 'refused', code: 'notExpected' })
      await desk.order()
    }
    expect(desk.bell.counts()).toEqual({ keyRefused: 2 })
    expect(element.checks().staged).toBeUndefined()
  })

  it('imported → it signs on under that key', async () => {
    const store = fresh('memory')
    await imported(store, keyless, OWN)
    const desk = deskOn(store, [keyless], 3)
    expect(await signOnWith(makeElement(OWN), desk.rig.terminal())).toBe('ok')
  })

  it('a key that is taken out of the file after the import → the imported one still counts', async () => {
    const store = fresh('memory')
    await imported(store, keyed, OWN)
    const desk = deskOn(store, [keyless], 3)
    expect(await signOnWith(makeElement(OWN), desk.rig.terminal())).toBe('ok')
    expect(desk.rig.host.alarms()).toEqual({})
  })
})
