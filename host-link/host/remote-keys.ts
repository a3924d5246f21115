import { equalBytes } from '../../keys/equal-bytes.ts'
import type { RandomBytes } from '../../keys/host-keys.ts'
import {
  type GiverBook,
  type GiverFault,
  type GiverStep,
  makeGiver,
  type Offer,
  standing,
} from '../../keys/load/giver.ts'
import { normalMasterKey } from '../../keys/load/master-block.ts'
import { rulesOf } from '../../keys/store/key-rules.ts'
import { MASTER_KEY_BYTES, type SlotReport, TRANSACTION_BYTES } from '../../keys/store/slot-report.ts'
import { wipe } from '../../keys/wipe.ts'
import type { Session } from '../channel/channel-end.ts'
import { bytesOfHex, hexOf } from '../wire/bytes.ts'
import { type AlarmBell, heldBell } from './alarm.ts'
import type { HostTime } from './ledger.ts'
import {
  checkOf,
  heldMasters,
  keyEvent,
  type Master,
  type OpenMasters,
  openMasters,
  type ProvisionedCheck,
  sealMasters,
  wipeMasters,
} from './master-keys.ts'
import type { HostTerminal } from './registry.ts'
import type { Seal } from './seal.ts'
import { type Books, type Posting, type Store, StoreStopped } from './store.ts'

/**
 * 远程密钥下载 the host's end of purpose `rkl`: hand it each authenticated session of that purpose, and each message
 * (one payload of the channel) of it in order.
 */
export interface RemoteKeys {
  session(session: Session): RemoteSession
}

export interface RemoteSession {
  /**
   * Takes one message. `send` is for the terminal, also together with `over`; after `over` close the channel. Never
   * rejects: where the books cannot be written nothing is sent and it is over.
   */
  receive(message: Uint8Array): Promise<GiverStep>
}

export interface RemoteKeysOptions {
  readonly store: Pick<Store, 'transact'>
  readonly terminals: readonly HostTerminal[]
  readonly seal: Seal
  readonly provisioned: ProvisionedCheck
  readonly clock: { now(): HostTime }
  readonly random: RandomBytes
  readonly bell: AlarmBell
}

/** The host's end, with its books. */
export function makeRemoteKeys(options: RemoteKeysOptions): RemoteKeys {
  const book = keyBook(options)
  return {
    session({ peer, purpose, handshakeHash, exportKey }) {
      const fits = purpose === 'rkl' && peer.role === 'terminal'
      const giver = fits && makeGiver({ handshakeHash, exportKey }, peer.id, book, options.random)
      return {
        async receive(message) {
          try {
            return giver ? await giver.receive(message) : { over: 'ended' }
          } catch (error) {
            if (!(error instanceof StoreStopped)) options.bell.ring('keyFault')
            return { over: 'ended' } // whatever is in the books, the terminal asks again
          }
        },
      }
    },
  }
}

/** What one transaction of a loading has before it. */
interface Place {
  readonly books: Books
  readonly terminal: HostTerminal
  readonly masters: OpenMasters
  readonly at: HostTime
  readonly bell: Pick<AlarmBell, 'ring'>
}

interface Done<Result> {
  readonly masters?: OpenMasters
  readonly posting?: Pick<Posting, 'keyOrders' | 'keyEvents'>
  readonly result: Result
}

/**
 * The durable side of loading at the host. An ordered loading makes a fresh key, which is in the books (`pending`) before
 * it is sent, becomes `current` with its proof, and stands beside the key before it until the terminal has confirmed it or
 * sent its first message under it (`key-ring.ts`). At every moment the terminal's key is one of these.
 */
export function keyBook(options: RemoteKeysOptions): GiverBook {
  const { store, seal, provisioned, clock, random } = options
  const bySerial = new Map<string, HostTerminal | undefined>()
  for (const terminal of options.terminals) // two of one serial number are nobody's
    bySerial.set(terminal.serial, bySerial.has(terminal.serial) ? undefined : terminal)

  const transact = async <Result>(
    serial: string,
    step: (place: Place) => Done<Result>,
    otherwise: (why: 'unknownSerial' | 'keyFault' | 'notExpected') => Result,
  ): Promise<Result> => {
    const terminal = bySerial.get(serial)
    if (!terminal) {
      options.bell.ring('foreignSerial')
      return otherwise('unknownSerial')
    }
    const waiting = heldBell(options.bell)
    const result = await store.transact(
      (books) => {
        waiting.hush() // what a run rang that ended at a read
        const at = clock.now()
        const held = heldMasters(books, terminal, provisioned)
        const masters = openMasters(seal, terminal, held, at)
        if (!masters) {
          waiting.bell.ring('badKeys')
          return { result: otherwise('keyFault') }
        }
        if (masters === 'none') {
          waiting.bell.ring('keyRefused') // whose own key we do not know
          return { result: otherwise('notExpected') }
        }
        try {
          const done = step({ books, terminal, masters, at, bell: waiting.bell })
          return { ...postingOf(seal, terminal, done), result: done.result }
        } finally {
          wipeMasters(masters)
        }
      },
      { terminalId: terminal.terminalId },
    )
    waiting.release()
    return result
  }
  const changed = (serial: string, step: (place: Place) => Omit<Done<undefined>, 'result'>) =>
    transact<undefined>(
      serial,
      (place) => ({ ...step(place), result: undefined }),
      (why) => {
        throw new Error(`loading of a key: ${why}`)
      },
    )
  return {
    open: (serial, slots) =>
      transact<Offer>(
        serial,
        (place) => opened(place, slots, random),
        (code) => ({ kind: 'refuse', code }),
      ),
    proven: (serial, transaction) => changed(serial, (place) => proven(place, hexOf(transaction))),
    confirmed: (serial, transaction) => changed(serial, (place) => confirmed(place, hexOf(transaction))),
    failed: (serial, transaction, code) =>
      changed(serial, (place) => failed(place, hexOf(transaction), code)),
  }
}

function postingOf<Result>(seal: Seal, terminal: HostTerminal, { masters, posting }: Done<Result>) {
  if (!masters && !posting) return {}
  const { terminalId } = terminal
  const value = masters && sealMasters(seal, terminal, masters)
  return { posting: { ...posting, ...(value && { masters: [{ terminalId, value }] }) } }
}

/** What the terminal gets that has these slots. */
function opened(place: Place, slots: readonly SlotReport[], random: RandomBytes): Done<Offer> {
  const { books, terminal, masters, bell } = place
  const { current, previous } = masters
  const { source, transaction: loaded } = current.note
  if (previous && loaded !== undefined) {
    const stands = standing(slots, bytesOfHex(loaded))
    // Its proof is on record, its confirmation is not. What a station has staged is the station's to commit.
    if (stands === 'loaded' || (stands === 'staged' && source === 'remote'))
      return { result: { kind: 'commit', transaction: bytesOfHex(loaded) } }
    if (slotOf(slots, previous)) return again(place, slots, previous, random)
  }
  const order = books.keyOrder(terminal.terminalId)
  const slot = slotOf(slots, current)
  if (!order || !slot) {
    const has =
      source === 'remote' && loaded !== undefined && standing(slots, bytesOfHex(loaded)) === 'loaded'
    if (!has || !slot) bell.ring('keyRefused')
    return { result: { kind: 'refuse', code: has && slot ? 'alreadyLoaded' : 'notExpected' } }
  }
  return given(place, slot, order.by, random, [])
}

/** The terminal no longer has the key that it proved, but the one before: that one counts again, and a fresh one is given. */
function again(
  place: Place,
  slots: readonly SlotReport[],
  previous: Master,
  random: RandomBytes,
): Done<Offer> {
  const { terminal, masters, at, bell } = place
  const slot = slotOf(slots, previous)
  if (!slot) throw new Error('loading of a key: no slot')
  bell.ring('keyFault')
  const back = { current: previous, previous: undefined, pending: undefined }
  const lost = keyEvent(terminal, 'lost', at, masters.current.note)
  return given({ ...place, masters: back }, slot, masters.current.note.by, random, [lost])
}

/** A fresh key, in the books before it is sent. */
function given(
  { terminal, masters, at }: Place,
  { slot }: SlotReport,
  by: string | undefined,
  random: RandomBytes,
  events: NonNullable<Posting['keyEvents']>,
): Done<Offer> {
  const { algorithm } = masters.current.note
  const bytes = freshKey(masters, random)
  const transaction = random(TRANSACTION_BYTES)
  const note = {
    ...({ algorithm, checkValue: checkOf(algorithm, bytes), source: 'remote', at } as const),
    ...{ transaction: hexOf(transaction), ...(by !== undefined && { by }) },
  }
  return {
    masters: { ...masters, pending: { note, bytes } },
    posting: { keyEvents: [...events, keyEvent(terminal, 'sent', at, note)] },
    result: { kind: 'load', transaction, slot, algorithm, key: bytes.slice(), keyVersion: '00' },
  }
}

/** Times that a random source is asked again for a key that is none: more often is no chance. */
const TRIES_MAX = 4

/** Not weak, and none that the terminal has or had. Throws where the random source does not give one. */
function freshKey({ current, previous, pending }: OpenMasters, random: RandomBytes): Uint8Array {
  const { algorithm } = current.note
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const raw = random(MASTER_KEY_BYTES)
    const key = normalMasterKey(algorithm, raw)
    wipe(raw)
    const known = [current, previous, pending].some((master) => master && equalBytes(master.bytes, key))
    if (key.length === MASTER_KEY_BYTES && !known && !rulesOf(algorithm).isWeak(key)) return key
    wipe(key)
  }
  throw new Error('the random source gives no keys')
}

/** The slot that holds this key. */
function slotOf(slots: readonly SlotReport[], { note }: Master): SlotReport | undefined {
  return slots.find(
    ({ master }) =>
      master && master.algorithm === note.algorithm && hexOf(master.checkValue) === note.checkValue,
  )
}

function proven({ terminal, masters, at }: Place, transaction: string): Omit<Done<undefined>, 'result'> {
  const { current, pending } = masters
  if (current.note.transaction === transaction) return {} // it was
  if (pending?.note.transaction !== transaction) throw new Error('loading of a key: another one is under way')
  const { terminalId } = terminal
  return {
    masters: { current: pending, previous: current, pending: undefined },
    posting: {
      keyOrders: [{ terminalId, value: undefined }],
      keyEvents: [keyEvent(terminal, 'proven', at, pending.note)],
    },
  }
}

function confirmed({ terminal, masters, at }: Place, transaction: string): Omit<Done<undefined>, 'result'> {
  const { current, previous } = masters
  if (current.note.transaction !== transaction || !previous) return {} // it was, by a message under it
  return {
    masters: { ...masters, previous: undefined },
    posting: { keyEvents: [keyEvent(terminal, 'confirmed', at, current.note)] },
  }
}

/** A key that was proved stays whatever its holder says of it afterwards; the next contact finds what it has. */
function failed(
  { terminal, masters, at, bell }: Place,
  transaction: string,
  code: GiverFault,
): Omit<Done<undefined>, 'result'> {
  bell.ring('keyFault')
  const { current, pending } = masters
  const drops = pending?.note.transaction === transaction
  const note = drops
    ? pending.note
    : current.note.transaction === transaction
      ? current.note
      : { transaction }
  return {
    ...(drops && { masters: { ...masters, pending: undefined } }),
    posting: { keyEvents: [keyEvent(terminal, 'failed', at, note, code)] },
  }
}
