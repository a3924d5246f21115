import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { loadStoreOf } from '../../../emulator/device/load-store.ts'
import type { Session } from '../../../host-link/channel/channel-end.ts'
import { type AlarmBell, alarmBell } from '../../../host-link/host/alarm.ts'
import { provisionedChecks } from '../../../host-link/host/master-keys.ts'
import { memoryStore } from '../../../host-link/host/memory-store.ts'
import type { HostTerminal } from '../../../host-link/host/registry.ts'
import { makeRemoteKeys, type RemoteKeys } from '../../../host-link/host/remote-keys.ts'
import { sealUnder } from '../../../host-link/host/seal.ts'
import type { Store } from '../../../host-link/host/store.ts'
import { hexOf } from '../../../host-link/wire/bytes.ts'
import { macInput, receivedMacInput } from '../../../host-link/wire/dialect.ts'
import { decodeCupFrameBody } from '../../../host-link/wire/envelope.ts'
import { FrameDecoder } from '../../../host-link/wire/frame.ts'
import type { Message } from '../../../host-link/wire/message.ts'
import { asPan } from '../../../host-link/wire/values.ts'
import { type LoadOver, makeLoader } from '../../../keys/load/loader.ts'
import { masterCheckValue } from '../../../keys/load/master-block.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import type { SlotReport } from '../../../keys/store/slot-report.ts'
import { makeRig, PAN, PIN, type Rig, seeded, type TestTerminal, terminalNumbered } from './rig.ts'

export const ID = '10000001'
export const SERIAL = 'SK10000001'
export const SLOT = 1
export const AT = { date: '20261121', time: '220452' } as const

/** The secure element of one terminal: the real key store, saved after each change as a device saves it. */
export interface Element {
  /** The record as it is on its storage. */
  saved: Uint8Array
  /** Throws where the power is cut at the next save. */
  cutBeforeSave: boolean
  store(): KeyStore
  change(act: (store: KeyStore) => boolean): boolean
  slots(): readonly SlotReport[]
  /** Check values of the key in force and of the one beside it. */
  checks(): { readonly master: string | undefined; readonly staged: string | undefined }
  /** After a cut: what is on the storage. */
  reboot(): void
}

export class PowerCut extends Error {}

export function makeElement(master: Uint8Array = terminalNumbered(ID).masterKey): Element {
  const fresh = new KeyStore()
  const loaded = fresh.loadMaster(
    { usage: 'TMK', number: SLOT },
    master.slice(),
    masterCheckValue('TDES', master),
  )
  if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded))
  return elementOf(fresh)
}

/** An element with this key store. */
export function elementOf(store: KeyStore): Element {
  let open = store
  const element: Element = {
    saved: store.serialize(),
    cutBeforeSave: false,
    store: () => open,
    change(act) {
      if (!act(open)) return false
      if (element.cutBeforeSave) throw new PowerCut()
      element.saved = open.serialize()
      return true
    },
    slots: () => open.slots(),
    checks() {
      const row = open.slots().find(({ slot }) => slot === SLOT)
      return {
        master: row?.master && hexOf(row.master.checkValue),
        staged: row?.staged && hexOf(row.staged.checkValue),
      }
    },
    reboot() {
      const restored = KeyStore.restore(element.saved)
      if (restored.kind !== 'ok') throw new Error('the record is damaged')
      open = restored.store
    },
  }
  return element
}

/** An element whose storage is a file. */
export function elementIn(path: string): Element {
  const element = makeElement()
  if (existsSync(path)) {
    element.saved = Uint8Array.from(readFileSync(path))
    element.reboot()
  }
  const change = element.change
  return {
    ...element,
    change(act) {
      const done = change(act)
      if (done) writeFileSync(path, element.saved, { flush: true })
      return done
    },
  }
}

/** The host's books and its desk for loadings; a new desk on the same books is a host that was started again. */
export interface Desk {
  readonly rig: Rig
  readonly remote: RemoteKeys
  readonly bell: AlarmBell
  restarted(): Desk
  order(by?: string): Promise<void>
}

export function makeDesk(store: Store = memoryStore(), seed = 5): Desk {
  const terminals = [ID, '10000002'].map((id) => terminalNumbered(id))
  return deskOn(store, terminals, seed)
}

export function deskOn(store: Store, terminals: readonly HostTerminal[], seed: number): Desk {
  const bell = alarmBell(undefined)
  const random = seeded(seed)
  const secret = new Uint8Array(32).fill(7)
  const remote = makeRemoteKeys({
    ...{ store, terminals, random, bell },
    seal: sealUnder(secret, random),
    provisioned: provisionedChecks(),
    clock: { now: () => AT },
  })
  return {
    ...{ rig: makeRig({ store, terminals, random: seeded(seed + 1000) }), remote, bell },
    restarted: () => deskOn(store, terminals, seed + 1),
    order: (by = 'chen') =>
      store.transact(() => ({
        posting: { keyOrders: [{ terminalId: ID, value: { by, at: AT } }] },
        result: undefined,
      })),
  }
}

export function sessionOf(serial = SERIAL, seed = 1, more: Partial<Session> = {}): Session {
  const random = seeded(seed * 77 + 3)
  return {
    peer: { id: serial, role: 'terminal', certificateSerial: random(8) },
    purpose: 'rkl',
    handshakeHash: random(64),
    exportKey: random(32),
    ...more,
  }
}

export interface Conversation {
  /** Messages that arrived, of both directions. */
  readonly carried: number
  readonly over: LoadOver | undefined
  readonly hostOver: string | undefined
}

/** One session. After `cut` messages the line is dead: what is sent then arrives nowhere. */
export async function converse(
  desk: Desk,
  element: Element,
  { cut = 99, seed = 1, serial = SERIAL }: { cut?: number; seed?: number; serial?: string } = {},
): Promise<Conversation> {
  const session = sessionOf(serial, seed)
  const host = desk.remote.session(session)
  const loader = makeLoader(session, loadStoreOf(element.store, element.change, SLOT))
  let carried = 0
  let over: LoadOver | undefined
  let hostOver: string | undefined
  let toHost: Uint8Array | undefined = loader.start()
  while (toHost !== undefined && carried < cut) {
    carried++
    const answer = await host.receive(toHost)
    hostOver ??= answer.over
    toHost = undefined
    if (answer.send === undefined || over !== undefined || carried >= cut) break
    carried++
    const step = loader.receive(answer.send)
    over ??= step.over
    toHost = step.send
  }
  return { carried, over, hostOver }
}

/** The terminal signs on with its key store, as a device does, and says how that went. */
export async function signOnWith(element: Element, terminal: TestTerminal): Promise<string> {
  const { fields } = await terminal.ask(terminal.signOnMessage())
  const block = fields[62]
  if (!(block instanceof Uint8Array)) return `declined ${String(fields[39])}`
  const why = loadBlock(element, block)
  terminal.batch = Number(String(fields[60]).slice(2, 8))
  return why
}

export function loadBlock(element: Element, block: Uint8Array): string {
  let why = 'storage'
  element.change((store) => {
    const loaded = store.loadWorkingKeys({ usage: 'TMK', number: SLOT }, '003', block)
    why = loaded.kind === 'ok' ? 'ok' : loaded.why
    return loaded.kind === 'ok'
  })
  return why
}

/** A sale under the keys of the element: the code of its answer, where that has a right MAC. */
export async function saleWith(element: Element, terminal: TestTerminal): Promise<string> {
  return answerTo(element, terminal, terminal.saleMessage())
}

/** The answer's code to a message that the element signs, where the answer has a right MAC; else `mac`, `noKey`. */
export async function answerTo(element: Element, terminal: TestTerminal, message: Message): Promise<string> {
  const store = element.store()
  const pin = store.pinBlock({ usage: 'PIK', number: SLOT }, Uint8Array.from(PIN, Number), asPan(PAN))
  const mak = { usage: 'MAK', number: SLOT } as const
  const algorithm = terminal.terminal.profile.mac[terminal.dialect]
  const { 64: _old, 52: had, ...rest } = message.fields
  const fields = { ...rest, ...(had !== undefined && pin.kind === 'ok' && { 52: pin.block }) }
  const made = store.mac(mak, algorithm, macInput({ mti: message.mti, fields }, terminal.dialect))
  if (made.kind !== 'ok') return 'noKey'
  const [frame] = await terminal.exchange({ mti: message.mti, fields: { ...fields, 64: made.mac } })
  if (!frame) return 'none'
  const { message: answer } = terminal.opened(frame)
  const mac = answer.fields[64]
  const body = new FrameDecoder().push(frame)[0] ?? new Uint8Array()
  const bytes = terminal.dialect === 'cup' ? decodeCupFrameBody(body).message : body
  const right =
    mac instanceof Uint8Array &&
    store.verifyMac(mak, algorithm, receivedMacInput(answer, terminal.dialect, bytes), mac).kind === 'ok'
  return right ? String(answer.fields[39]) : `mac ${String(answer.fields[39])}`
}
