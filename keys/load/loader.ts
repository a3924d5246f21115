import { WireError } from '../../host-link/wire/message.ts'
import { equalBytes } from '../equal-bytes.ts'
import { masterCheckValue } from '../store/key-rules.ts'
import type { MasterKey, SlotReport } from '../store/slot-report.ts'
import { wipe } from '../wipe.ts'
import { openMaster } from './master-block.ts'
import {
  decodeLoadMessage,
  encodeLoadMessage,
  type FailCode,
  type LoadMessage,
  type RefuseCode,
} from './message.ts'

/** What both ends of an authenticated channel know after its handshake. */
export interface LoadSession {
  /** 64 bytes, of this session alone. */
  readonly handshakeHash: Uint8Array
  /** 32 bytes that nobody else knows: key blocks travel under them. */
  readonly exportKey: Uint8Array
}

/** The terminal's key store as the protocol needs it. Each change is durable when its call returns. */
export interface LoadStore {
  slots(): readonly SlotReport[]
  /** Puts a key beside the one in force. Overwrites `key.bytes`. */
  stage(slot: number, key: MasterKey, transaction: Uint8Array): 'staged' | Exclude<FailCode, 'keyBlock'>
  /** Proof of possession of the staged key; undefined where that transaction staged none. */
  prove(transaction: Uint8Array, bytes: Uint8Array): Uint8Array | undefined
  /** Puts the staged key in force; once more for a transaction that is in force already changes nothing. */
  commit(transaction: Uint8Array): 'committed' | 'unknown' | 'storage'
}

export type LoadOver =
  | { readonly kind: 'loaded'; readonly slot: number; readonly checkValue: Uint8Array }
  | { readonly kind: 'refused'; readonly code: RefuseCode }
  | { readonly kind: 'failed'; readonly code: FailCode }
  /** By the other end, or because it said something that does not belong here. */
  | { readonly kind: 'ended' }

export interface Loader {
  /** The first message: what the store holds. */
  start(): Uint8Array
  /** Takes one message. `send` is for the giver, also together with `over`; after `over` nothing is taken. */
  receive(message: Uint8Array): { readonly send?: Uint8Array; readonly over?: LoadOver }
}

type Step = ReturnType<Loader['receive']>
/** `told`: our state is sent. `proven`: our proof for `transaction` is sent. */
type State =
  | { readonly kind: 'told' | 'over' }
  | { readonly kind: 'proven'; readonly transaction: Uint8Array }

/**
 * 密钥下载 the terminal's end: state, then a key block staged beside the old key and proved, then the commit. Anything
 * unexpected ends it, and what is staged then stays staged: the next session is told of it.
 */
export function makeLoader(session: LoadSession, store: LoadStore): Loader {
  let state: State = { kind: 'told' }

  function take(message: LoadMessage): Step {
    switch (message.kind) {
      case 'load':
        return state.kind === 'told' ? load(message) : ended
      case 'commit':
        return state.kind !== 'proven' || equalBytes(state.transaction, message.transaction)
          ? commit(message.transaction)
          : ended
      case 'refuse':
        return { over: { kind: 'refused', code: message.code } }
      default:
        return ended // bye, or what only a terminal says
    }
  }

  function load({ transaction, slot, keyBlock, checkValue }: LoadMessage & { readonly kind: 'load' }): Step {
    const key = openMaster(session.exportKey, keyBlock)
    if (key === undefined) return failed(transaction, 'keyBlock')
    if (!equalBytes(masterCheckValue(key.algorithm, key.bytes), checkValue)) {
      wipe(key.bytes)
      return failed(transaction, 'checkValue')
    }
    const staged = store.stage(slot, key, transaction)
    if (staged !== 'staged') return failed(transaction, staged)
    const mac = store.prove(transaction, session.handshakeHash)
    if (mac === undefined) return failed(transaction, 'storage')
    state = { kind: 'proven', transaction }
    return { send: encodeLoadMessage({ kind: 'proof', transaction, mac }) }
  }

  function commit(transaction: Uint8Array): Step {
    const done = store.commit(transaction)
    if (done === 'storage') return failed(transaction, 'storage')
    const report = store.slots().find(({ master }) => isOf(master?.transaction, transaction))
    if (done === 'unknown' || report?.master === undefined) return ended
    return {
      send: encodeLoadMessage({ kind: 'done', transaction }),
      over: { kind: 'loaded', slot: report.slot, checkValue: report.master.checkValue },
    }
  }

  return {
    start: () => encodeLoadMessage({ kind: 'state', slots: store.slots() }),
    receive(bytes) {
      const message = state.kind === 'over' ? undefined : decoded(bytes)
      const step = message === undefined ? ended : take(message)
      if (step.over !== undefined) state = { kind: 'over' }
      return step
    },
  }
}

const ended: Step = { over: { kind: 'ended' } }

function failed(transaction: Uint8Array, code: FailCode): Step {
  return {
    send: encodeLoadMessage({ kind: 'failed', transaction, code }),
    over: { kind: 'failed', code },
  }
}

/** The message, or nothing: bytes that are none end the session like any other foreign message. */
export function decoded(bytes: Uint8Array): LoadMessage | undefined {
  try {
    return decodeLoadMessage(bytes)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function isOf(transaction: Uint8Array | undefined, wanted: Uint8Array): boolean {
  return transaction !== undefined && equalBytes(transaction, wanted)
}
