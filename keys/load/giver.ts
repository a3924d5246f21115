import { equalBytes } from '../equal-bytes.ts'
import type { RandomBytes } from '../host-keys.ts'
import { masterCheckValue, normalMasterKey } from '../store/key-rules.ts'
import type { MasterKey, SlotReport } from '../store/slot-report.ts'
import { wipe } from '../wipe.ts'
import { decoded, type LoadSession } from './loader.ts'
import { wrapMaster } from './master-block.ts'
import { encodeLoadMessage, type FailCode, type LoadMessage, type RefuseCode } from './message.ts'
import { keyProof } from './proof.ts'

/**
 * What the giver's book says of a terminal that has shown its slots. `load`: this key, whose bytes are overwritten.
 * `commit`: the proof for that transaction is on record, but no confirmation.
 */
export type Offer =
  | ({
      readonly kind: 'load'
      readonly transaction: Uint8Array
      readonly slot: number
      readonly key: Uint8Array
    } & Omit<MasterKey, 'bytes'>)
  | { readonly kind: 'commit'; readonly transaction: Uint8Array }
  | { readonly kind: 'refuse'; readonly code: RefuseCode }

/** Why a loading came to nothing. `wrongProof`: the terminal has another key. `lost`: it no longer has what it proved. */
export type GiverFault = FailCode | 'wrongProof' | 'lost'

/** The durable side of a station or host. Each call is on disk when its promise settles. */
export interface GiverBook {
  /**
   * The terminal `serial` is there with these slots. A transaction that is `proven` and not confirmed is committed, as
   * long as `standing` finds it among the slots; else the key is given anew.
   */
  open(serial: string, slots: readonly SlotReport[]): Promise<Offer>
  /** The terminal has proved that it holds the key: from now on this is the key that it may be using. */
  proven(serial: string, transaction: Uint8Array): Promise<void>
  /** The terminal uses the key: the one before is over. */
  confirmed(serial: string, transaction: Uint8Array): Promise<void>
  /** The key was not taken; or, `lost`, it was proved and is neither staged nor in force there any more. */
  failed(serial: string, transaction: Uint8Array, code: GiverFault): Promise<void>
}

export type GiverOver = 'confirmed' | 'failed' | 'refused' | 'ended'
export interface GiverStep {
  /** For the terminal, also together with `over`. */
  readonly send?: Uint8Array
  readonly over?: GiverOver
}

export interface Giver {
  /** Takes one message; calls are worked off in their order. Rejects where the book does: it is over then. */
  receive(message: Uint8Array): Promise<GiverStep>
}

/** How a transaction stands in a terminal: in force, staged beside the key in force, or not there. */
export function standing(
  slots: readonly SlotReport[],
  transaction: Uint8Array,
): 'loaded' | 'staged' | undefined {
  const isIt = (other: Uint8Array | undefined) => other !== undefined && equalBytes(other, transaction)
  if (slots.some(({ master }) => isIt(master?.transaction))) return 'loaded'
  return slots.some(({ staged }) => isIt(staged?.transaction)) ? 'staged' : undefined
}

/** `proof`: the MAC that only the holder of the key can send. */
type State =
  | { readonly kind: 'new' | 'over' }
  | { readonly kind: 'sent'; readonly transaction: Uint8Array; readonly proof: Uint8Array }
  | { readonly kind: 'committing'; readonly transaction: Uint8Array }

/** 密钥下载 the end of the station or the host: one key for one terminal, on record at each step before the next. */
export function makeGiver(session: LoadSession, serial: string, book: GiverBook, random: RandomBytes): Giver {
  let state: State = { kind: 'new' }
  let last: Promise<unknown> = Promise.resolve()

  async function take(message: LoadMessage): Promise<GiverStep> {
    const now = state
    if (message.kind === 'state' && now.kind === 'new') return open(message.slots)
    if (message.kind === 'proof' && now.kind === 'sent' && equalBytes(message.transaction, now.transaction)) {
      const right = equalBytes(message.mac, now.proof)
      if (!right) return faulty(now.transaction, 'wrongProof')
      await book.proven(serial, now.transaction)
      return commit(now.transaction)
    }
    if (message.kind === 'done' && now.kind === 'committing') {
      if (!equalBytes(message.transaction, now.transaction)) return ended
      await book.confirmed(serial, now.transaction)
      return { send: encodeLoadMessage({ kind: 'bye' }), over: 'confirmed' }
    }
    if (message.kind === 'failed' && (now.kind === 'sent' || now.kind === 'committing')) {
      if (!equalBytes(message.transaction, now.transaction)) return ended
      // What is proved stays proved: the key is staged there, and the next session commits it.
      if (now.kind === 'sent') await book.failed(serial, now.transaction, message.code)
      return { send: encodeLoadMessage({ kind: 'bye' }), over: 'failed' }
    }
    return ended
  }

  async function open(slots: readonly SlotReport[]): Promise<GiverStep> {
    const offer = await book.open(serial, slots)
    if (offer.kind === 'refuse')
      return { send: encodeLoadMessage({ kind: 'refuse', code: offer.code }), over: 'refused' }
    if (offer.kind === 'commit') {
      const there = standing(slots, offer.transaction) !== undefined
      return there ? commit(offer.transaction) : faulty(offer.transaction, 'lost')
    }
    return load(offer)
  }

  function load({
    transaction,
    slot,
    algorithm,
    key,
    keyVersion,
  }: Offer & { readonly kind: 'load' }): GiverStep {
    const bytes = normalMasterKey(algorithm, key)
    try {
      const keyBlock = wrapMaster(session.exportKey, { algorithm, bytes, keyVersion }, random)
      const checkValue = masterCheckValue(algorithm, bytes)
      state = { kind: 'sent', transaction, proof: keyProof(bytes, transaction, session.handshakeHash) }
      return { send: encodeLoadMessage({ kind: 'load', transaction, slot, keyBlock, checkValue }) }
    } finally {
      wipe(key, bytes)
    }
  }

  function commit(transaction: Uint8Array): GiverStep {
    state = { kind: 'committing', transaction }
    return { send: encodeLoadMessage({ kind: 'commit', transaction }) }
  }

  async function faulty(transaction: Uint8Array, code: GiverFault): Promise<GiverStep> {
    await book.failed(serial, transaction, code)
    return { send: encodeLoadMessage({ kind: 'refuse', code: 'keyFault' }), over: 'failed' }
  }

  async function step(bytes: Uint8Array): Promise<GiverStep> {
    const message = state.kind === 'over' ? undefined : decoded(bytes)
    let taken: GiverStep = { over: 'ended' } // also where the book throws
    try {
      if (message !== undefined) taken = await take(message)
      return taken
    } finally {
      if (taken.over !== undefined) state = { kind: 'over' }
    }
  }

  return {
    receive(message) {
      const result = last.then(() => step(message))
      last = result.catch(() => undefined)
      return result
    },
  }
}

const ended: GiverStep = { over: 'ended' }
