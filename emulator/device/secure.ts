import type { Credential } from '../../host-link/channel/channel-end.ts'
import { asPan, type Pan } from '../../host-link/wire/values.ts'
import { aes } from '../../keys/aes.ts'
import { cmac } from '../../keys/cmac.ts'
import { toHex } from '../../keys/hex.ts'
import { isPinBlockPan } from '../../keys/pin-block.ts'
import { isSlotNumber, type KeyUsage } from '../../keys/store/key-slot.ts'
import { type KeyStore, MAC_DATA_BYTES_MAX } from '../../keys/store/key-store.ts'
import { wipe } from '../../keys/wipe.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type {
  LoadProof,
  LoadResult,
  PinChangeRequest,
  PinChangeResult,
  PinRequest,
  PinResult,
  Secure,
  SignOnKind,
  SlotState,
} from '../../terminal/device/secure.ts'
import type { Body } from './body.ts'
import { type Bus, checkLength, checkTimeout } from './bus.ts'
import type { Screen } from './display.ts'
import { makeInjection } from './injection.ts'
import { makeInjectionLock } from './injection-lock.ts'
import { keyTalks } from './key-lines.ts'
import { loadStoreOf } from './load-store.ts'
import { CHANGE_BYTES, changedPin, onePin } from './pin-dialogue.ts'
import { makePinEntry } from './pin-entry.ts'
import { makePinLimit } from './pin-limit.ts'
import type { DeviceOptions } from './ports.ts'
import { makeRenewal } from './renewal.ts'
import { makeDocuments } from './secure-documents.ts'
import { saveState, startState, storeBefore } from './secure-start.ts'

const RANDOM_BYTES_MAX = 64
const TAG_BYTES_MAX = 256
const AMOUNT_FEN_MAX = 999_999_999_999

/** The secure element, with its half of the keypad. */
export interface SecureUnit {
  readonly secure: Secure
  /** Who this device is in a channel, now; undefined: nobody gave it an identity, or its case was opened. */
  credential(): Credential | undefined
  /** A key from the pad; false when the secure element asks for nothing. */
  press(key: Key): boolean
  /** The network cable was pulled. */
  unplugged(): void
  /** The case is opened: whatever runs is over, and keys and identity are gone before this returns. */
  tamper(): void
  drop(): void
}

/**
 * The secure element over the key store. Whatever it changes is saved before it counts; where saving fails, or what
 * was saved is damaged, it has no keys. Throws Error when a master key of the first start does not fit its check value.
 */
export function makeSecure(bus: Bus, screen: Screen, options: DeviceOptions, body: Body): SecureUnit {
  const { creditMs, passwords, store: restored, credential: identity, ...rest } = startState(options, body)
  const { floors, reportSeed, ...kept } = rest
  const { secret } = kept
  let store = restored
  let credential = identity
  // A key store keeps the previous MAK until the current one is first used: worth one save a slot, not one a MAC.
  const settled = new Set<number>()
  const monotonicMs = (): number => bus.scheduler.monotonicMs()
  const limit = makePinLimit(creditMs, monotonicMs)
  const lock = makeInjectionLock(passwords, secret, monotonicMs, save)
  const entry = makePinEntry<PinResult>(bus, screen, options.model)
  const change = makePinEntry<PinChangeResult>(bus, screen, options.model)
  const changeMemory = new Uint8Array(CHANGE_BYTES)
  const talks = keyTalks(bus, options, body, () => credential)
  const talkStation = talks.station(loadStoreOf(() => store, changeStore))
  const injection = makeInjection({
    ...{ bus, screen, model: options.model, serial: options.identity.serial, lock },
    talk: () => (credential === undefined ? 'noIdentity' : (talkStation ?? 'noStation')),
  })
  const renewal = makeRenewal(bus)
  const documents = makeDocuments(
    rest,
    () => credential,
    (length) => options.random(length),
    save,
  )
  const isBusy = (): boolean => entry.pending || change.pending || injection.pending || renewal.pending

  function save(): boolean {
    const identity = credential === undefined ? {} : { credential }
    return saveState(options, {
      ...{ ...kept, ...identity, creditMs: limit.creditMs() },
      ...{ passwords: lock.state(), store, ...documents.state() },
    })
  }
  /** Changes the key store durably, or not at all. */
  function changeStore(act: (keys: KeyStore) => boolean): boolean {
    const before = store.serialize()
    if (act(store) && save()) {
      wipe(before)
      settled.clear()
      return true
    }
    store = storeBefore(before)
    return false
  }
  function shownValue(usage: KeyUsage, number: number): string | undefined {
    const found = store.checkValue({ usage, number })
    return found.kind === 'ok' ? toHex(found.checkValue) : undefined
  }

  /** Blocks of all these PINs, or none; the digits are overwritten in every case. */
  function blocksOf(request: { slot: number; pan: string }, ...pins: Uint8Array[]): Uint8Array[] | undefined {
    limit.spend(pins.length)
    if (!save()) {
      wipe(...pins)
      return undefined // a block that is not counted must not leave
    }
    const blocks = pins.flatMap((digits) => {
      const made = store.pinBlock({ usage: 'PIK', number: request.slot }, digits, panOf(request))
      return made.kind === 'ok' ? [made.block] : []
    })
    return blocks.length === pins.length ? blocks : undefined
  }
  function encryptPin(request: PinRequest, digits: Uint8Array): PinResult {
    const [block] = blocksOf(request, digits) ?? []
    return block === undefined ? { kind: 'noKey' } : { kind: 'entered', block }
  }
  function encryptChange(request: PinChangeRequest, old: Uint8Array, fresh: Uint8Array): PinChangeResult {
    const [oldBlock, newBlock] = blocksOf(request, old, fresh) ?? []
    if (oldBlock === undefined || newBlock === undefined) return { kind: 'noKey' }
    return { kind: 'entered', oldBlock, newBlock }
  }
  /** Why no PIN can be taken now. */
  function pinRefusal(request: { slot: number; pan: string }, blocks: number) {
    if (isBusy()) return { kind: 'busy' } as const
    panOf(request)
    if (shownValue('PIK', request.slot) === undefined) return { kind: 'noKey' } as const
    const waitMs = limit.waitMs(blocks)
    return waitMs > 0 ? ({ kind: 'tooOften', waitMs } as const) : undefined
  }

  function loadWorkingKeys(slot: number, kind: SignOnKind, block: Uint8Array, proof?: LoadProof): LoadResult {
    let loaded: ReturnType<KeyStore['loadWorkingKeys']> | undefined
    const kept = changeStore((keys) => {
      loaded = keys.loadWorkingKeys({ usage: 'TMK', number: slot }, kind, block, proof)
      return loaded.kind === 'ok'
    })
    if (loaded?.kind === 'refused') return { kind: loadFaults[loaded.why] }
    return kept && loaded ? { kind: 'loaded', version: loaded.version } : { kind: 'storageFailed' }
  }

  /** Why no new master key can be asked for now. */
  function renewalRefusal(slot: number) {
    if (isBusy()) return { kind: 'busy' } as const
    if (store.tampered) return { kind: 'failed', why: 'tampered' } as const
    if (credential === undefined) return { kind: 'noIdentity' } as const
    if (!isSlotNumber(slot)) return { kind: 'failed', why: 'slot' } as const
    return body.plugged ? undefined : ({ kind: 'noLine' } as const)
  }

  function cancel(): void {
    for (const each of [entry, change, injection, renewal]) each.cancel()
  }

  const secure: Secure = {
    enterPin(request) {
      bus.show()
      const refusal = pinRefusal(request, 1)
      if (refusal?.kind !== 'busy') checkAmount(request.amountFen)
      return refusal ? Promise.resolve(refusal) : entry.begin(onePin(request, encryptPin))
    },
    changePin(request) {
      bus.show()
      const refusal = pinRefusal(request, 2)
      return refusal
        ? Promise.resolve(refusal)
        : change.begin(changedPin(request, changeMemory, encryptChange))
    },
    inject(request) {
      bus.show()
      return isBusy() ? Promise.resolve({ kind: 'busy' }) : injection.begin(request)
    },
    renewMaster(slot, timeoutMs) {
      bus.show()
      checkTimeout(timeoutMs)
      const refusal = renewalRefusal(slot)
      if (refusal !== undefined) return Promise.resolve(refusal)
      return renewal.begin(talks.host(loadStoreOf(() => store, changeStore, slot)), slot, timeoutMs)
    },
    cancel,
    mac(slot, algorithm, bytes) {
      checkLength('MAC', bytes.length, 0, MAC_DATA_BYTES_MAX)
      const made = store.mac({ usage: 'MAK', number: slot }, algorithm, bytes)
      return made.kind === 'ok' ? { kind: 'mac', mac: made.mac } : { kind: 'noKey' }
    },
    verifyMac(slot, algorithm, bytes, mac) {
      checkLength('MAC', bytes.length, 0, MAC_DATA_BYTES_MAX)
      const verified = store.verifyMac({ usage: 'MAK', number: slot }, algorithm, bytes, mac)
      if (verified.kind !== 'ok') return false
      if (verified.version === secure.slot(slot).version && !settled.has(slot)) {
        settled.add(slot)
        save()
      }
      return true
    },
    encryptTrack(slot, digits) {
      const made = store.encryptTrack({ usage: 'TDK', number: slot }, digits)
      if (made.kind === 'ok') return { kind: 'track', digits: made.track }
      if (made.why === 'track') throw new RangeError('track: wants 17 to 104 of 0-9 and D')
      return { kind: 'noKey' }
    },
    loadWorkingKeys,
    slot(slot) {
      const found = store.checkValue({ usage: 'TMK', number: slot })
      const state: { -readonly [N in keyof SlotState]: SlotState[N] } = {
        version: found.kind === 'ok' ? found.version : 0,
        ...(store.tampered ? { tampered: true } : {}),
        ...(kept.damaged ? { damaged: true } : {}),
      }
      const staged = store.slots().find((report) => report.slot === slot)?.staged
      if (staged !== undefined) state.staged = toHex(staged.checkValue)
      for (const [name, usage] of slotParts) {
        const value = shownValue(usage, slot)
        if (value !== undefined) state[name] = value
      }
      return state
    },
    random(length) {
      checkLength('random', length, 1, RANDOM_BYTES_MAX)
      return options.random(length)
    },
    deviceTag(bytes) {
      checkLength('device tag', bytes.length, 0, TAG_BYTES_MAX)
      return cmac(aes(secret), bytes)
    },
    ...documents.calls,
  }
  return {
    secure,
    credential: () => credential,
    press: (key) => entry.press(key) || change.press(key) || injection.press(key),
    unplugged: renewal.unplugged,
    tamper() {
      body.opened = true // first: where the power goes with the next line, the next start erases
      cancel()
      store.tamper()
      wipe(credential?.secret)
      credential = undefined
      documents.tamper()
      settled.clear()
      body.opened = !save()
    },
    drop() {
      for (const each of [entry, change, injection, renewal]) each.drop()
    },
  }
}

// biome-ignore format: one row a usage
const slotParts = [
  ['masterKey', 'TMK'],
  ['pinKey',    'PIK'],
  ['macKey',    'MAK'],
  ['trackKey',  'TDK'],
] as const

// biome-ignore format: one row a refusal of the key store
const loadFaults = {
  slot:         'noKey',
  usage:        'noKey',
  empty:        'noKey',
  length:       'wrongLength',
  algorithm:    'wrongLength', // a kind for master keys of another cipher: its keys have other sizes
  checkValue:   'wrongCheckValue',
  weakKey:      'weakKey',
  duplicateKey: 'weakKey', // a key that serves twice is weak, whatever its bits
  replayed:     'replayed',
  proof:        'wrongProof',
  tampered:     'noKey',
} as const

/** Throws RangeError for a PAN that no PIN block can hold. */
function panOf({ pan }: { readonly pan: string }): Pan {
  const checked = asPan(pan)
  if (!isPinBlockPan(checked)) throw new RangeError('PIN: wants a PAN of 13 digits or more')
  return checked
}

function checkAmount(amountFen: number | undefined): void {
  if (amountFen !== undefined) checkLength('PIN: amount', amountFen, 0, AMOUNT_FEN_MAX)
}
