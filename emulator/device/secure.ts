import { asPan, type Pan } from '../../host-link/wire/values.ts'
import { aes } from '../../keys/aes.ts'
import { cmac } from '../../keys/cmac.ts'
import { fromHex, toHex } from '../../keys/hex.ts'
import { isPinBlockPan } from '../../keys/pin-block.ts'
import type { KeyUsage } from '../../keys/store/key-slot.ts'
import { KeyStore, MAC_DATA_BYTES_MAX } from '../../keys/store/key-store.ts'
import { wipe } from '../../keys/wipe.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type {
  LoadResult,
  PinChangeRequest,
  PinChangeResult,
  PinRequest,
  PinResult,
  Secure,
  SlotState,
} from '../../terminal/device/secure.ts'
import type { Bus } from './bus.ts'
import type { Screen } from './display.ts'
import { CHANGE_BYTES, changedPin, onePin } from './pin-dialogue.ts'
import { makePinEntry } from './pin-entry.ts'
import { makePinLimit, PIN_CREDIT_MS_MAX } from './pin-limit.ts'
import type { DeviceOptions } from './ports.ts'
import { readSecureState, SECRET_BYTES, type SecureState, writeSecureState } from './secure-state.ts'

const RANDOM_BYTES_MAX = 64
const TAG_BYTES_MAX = 256
const AMOUNT_FEN_MAX = 999_999_999_999

/** The secure element, with its half of the keypad. */
export interface SecureUnit {
  readonly secure: Secure
  /** A key from the pad; false when no PIN is being entered. */
  press(key: Key): boolean
  drop(): void
}

/**
 * The secure element over the key store. Whatever it changes is saved before it counts; where saving fails, or what
 * was saved is damaged, it has no keys. Throws Error when a master key of the first start does not fit its check value.
 */
export function makeSecure(bus: Bus, screen: Screen, options: DeviceOptions): SecureUnit {
  const { secret, creditMs, store: restored } = startState(options)
  let store = restored
  // A key store keeps the previous MAK until the current one is first used: worth one save a slot, not one a MAC.
  const settled = new Set<number>()
  const limit = makePinLimit(creditMs, () => bus.scheduler.monotonicMs())
  const entry = makePinEntry<PinResult>(bus, screen, options.model)
  const change = makePinEntry<PinChangeResult>(bus, screen, options.model)
  const changeMemory = new Uint8Array(CHANGE_BYTES)

  function save(): boolean {
    return saveState(options, { secret, creditMs: limit.creditMs(), store })
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
    if (entry.pending || change.pending) return { kind: 'busy' } as const
    panOf(request)
    if (shownValue('PIK', request.slot) === undefined) return { kind: 'noKey' } as const
    const waitMs = limit.waitMs(blocks)
    return waitMs > 0 ? ({ kind: 'tooOften', waitMs } as const) : undefined
  }

  function loadWorkingKeys(slot: number, kind: '001' | '003' | '004', block: Uint8Array): LoadResult {
    const before = store.serialize()
    const loaded = store.loadWorkingKeys({ usage: 'TMK', number: slot }, kind, block)
    const kept = loaded.kind === 'refused' || save()
    if (!kept) store = storeOf(before)
    wipe(before)
    if (!kept) return { kind: 'storageFailed' }
    if (loaded.kind === 'refused') return { kind: loadFaults[loaded.why] }
    settled.delete(slot)
    return { kind: 'loaded', version: loaded.version }
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
    cancel() {
      entry.cancel()
      change.cancel()
    },
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
      }
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
  }
  return {
    secure,
    press: (key) => entry.press(key) || change.press(key),
    drop() {
      entry.drop()
      change.drop()
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
  checkValue:   'wrongCheckValue',
  weakKey:      'weakKey',
  duplicateKey: 'weakKey', // a key that serves twice is weak, whatever its bits
} as const

/** What was saved; or, at the first start, a fresh secret and the master keys; or, where that fails, no keys. */
function startState(options: DeviceOptions): SecureState {
  const saved = options.secureStorage.load()
  if (saved !== undefined) {
    return readSecureState(saved) ?? stateWithoutKeys(options)
  }
  const state = stateWithoutKeys(options)
  for (const { slot, key, checkValue } of options.masterKeys) {
    const loaded = state.store.loadMaster({ usage: 'TMK', number: slot }, key.slice(), fromHex(checkValue))
    if (loaded.kind === 'refused') throw new Error(`master key of slot ${slot}: ${loaded.why}`)
  }
  return saveState(options, state) ? state : stateWithoutKeys(options)
}

function stateWithoutKeys(options: DeviceOptions): SecureState {
  return { secret: options.random(SECRET_BYTES), creditMs: PIN_CREDIT_MS_MAX, store: new KeyStore() }
}

/** The bytes are the storage's from here on; it stands for memory that only the secure element can read. */
function saveState(options: DeviceOptions, state: SecureState): boolean {
  return options.secureStorage.save(writeSecureState(state))
}

function storeOf(record: Uint8Array): KeyStore {
  const restored = KeyStore.restore(record)
  return restored.kind === 'ok' ? restored.store : new KeyStore()
}

/** Throws RangeError for a PAN that no PIN block can hold. */
function panOf({ pan }: { readonly pan: string }): Pan {
  const checked = asPan(pan)
  if (!isPinBlockPan(checked)) throw new RangeError('PIN: wants a PAN of 13 digits or more')
  return checked
}

function checkAmount(amountFen: number | undefined): void {
  if (amountFen !== undefined) checkLength('PIN: amount', amountFen, 0, AMOUNT_FEN_MAX)
}

function checkLength(what: string, length: number, min: number, max: number): void {
  if (!Number.isInteger(length) || length < min || length > max) {
    throw new RangeError(`${what}: ${min} to ${max}, got ${length}`)
  }
}
