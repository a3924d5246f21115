import { openCertificate, readCertificate } from '../../host-link/channel/certificate.ts'
import type { Credential } from '../../host-link/channel/channel-end.ts'
import { equalBytes } from '../../keys/equal-bytes.ts'
import { fromHex } from '../../keys/hex.ts'
import { KeyStore } from '../../keys/store/key-store.ts'
import { wipe } from '../../keys/wipe.ts'
import type { Body } from './body.ts'
import { PIN_CREDIT_MS_MAX } from './pin-limit.ts'
import type { DeviceOptions } from './ports.ts'
import {
  NO_PASSWORDS,
  readSecureState,
  SECRET_BYTES,
  type SecureState,
  writeSecureState,
} from './secure-state.ts'

/**
 * What was saved; or, at the first start, a fresh secret, the identity and the master keys; or, where that fails, no keys.
 * What was damaged is mended in the storage at once, so that a new secret is one and the same from then on. A case that
 * was opened while nothing could be saved is what the latch in `body` remembers: the keys go before anything else.
 */
export function startState(options: DeviceOptions, body: Body): SecureState {
  const { state, whole } = savedOrFirst(options)
  if (body.opened) {
    const erased = withoutSecrets(state)
    body.opened = !saveState(options, erased)
    return erased
  }
  const known = withIdentity(state, options)
  if (known === state && whole) return state
  return saveState(options, known) ? known : state
}

/** `whole`: as it is in the storage. */
function savedOrFirst(options: DeviceOptions): { readonly state: SecureState; readonly whole: boolean } {
  const saved = options.secureStorage.load()
  if (saved !== undefined)
    return readSecureState(saved) ?? { state: { ...stateWithoutKeys(options), damaged: true }, whole: false }
  const first = withIdentity(stateWithoutKeys(options), options)
  for (const { slot, algorithm, key, checkValue } of options.masterKeys) {
    const place = { usage: 'TMK', number: slot } as const
    const loaded = first.store.loadMaster(place, key.slice(), fromHex(checkValue), algorithm)
    if (loaded.kind === 'refused') throw new Error(`master key of slot ${slot}: ${loaded.why}`)
  }
  const whole = saveState(options, first)
  return { state: whole ? first : stateWithoutKeys(options), whole }
}

/**
 * The identity that the maker hands in: taken where there is none, and, for the key that is there, a certificate that ends
 * later. Any other is not: a device is who it is. One that was opened, or is damaged, has none until its maker has seen it.
 */
function withIdentity(state: SecureState, { credential: given }: DeviceOptions): SecureState {
  if (given === undefined || state.damaged || state.store.tampered) return state
  const { credential: kept } = state
  if (kept !== undefined && !isRenewal(given, kept)) return state
  const { secret, root, certificate } = given
  return {
    ...state,
    credential: { secret: secret.slice(), root: root.slice(), certificate: certificate.slice() },
  }
}

function isRenewal(given: Credential, kept: Credential): boolean {
  if (!equalBytes(given.secret, kept.secret) || !equalBytes(given.root, kept.root)) return false
  const before = readCertificate(kept.certificate)?.notAfter ?? 0
  if ((readCertificate(given.certificate)?.notAfter ?? 0) <= before) return false
  return openCertificate(given.certificate, kept.root) !== undefined
}

/**
 * The case was opened: neither a key nor the secret of the identity is left, nor what signed in its name. The floors stay, or
 * a screwdriver would bring an old program back.
 */
export function withoutSecrets({ credential, reportSeed, ...state }: SecureState): SecureState {
  wipe(credential?.secret, reportSeed)
  state.store.tamper()
  return state
}

/**
 * The case is opened while there is no power: the circuit that erases has a battery of its own. What cannot be saved now is
 * erased before the next start does anything else.
 */
export function tamperWithoutPower(options: DeviceOptions, body: Body): void {
  body.opened = true
  try {
    startState(options, body)
  } catch {
    // the latch stays set
  }
}

/**
 * 送修: the maker closes a case that was opened. The injection passwords go too, and the identity that `options` hands in
 * is taken; operators' passwords stay. Keys come by an injection. Does nothing to a device that was not opened: whoever
 * wants the passwords away has to give up the keys first.
 */
export function makerService(options: DeviceOptions, body: Body): void {
  const state = startState(options, body)
  if (!state.store.tampered || body.opened) return
  const closed = { ...state, passwords: NO_PASSWORDS, store: new KeyStore() }
  saveState(options, withIdentity(closed, options))
}

function stateWithoutKeys(options: DeviceOptions): SecureState {
  return {
    secret: options.random(SECRET_BYTES),
    creditMs: PIN_CREDIT_MS_MAX,
    passwords: NO_PASSWORDS,
    store: new KeyStore(),
  }
}

/** The bytes are the storage's from here on; it stands for memory that only the secure element can read. */
export function saveState(options: DeviceOptions, state: SecureState): boolean {
  return options.secureStorage.save(writeSecureState(state))
}

/** A store from its own record of a moment ago, which is wiped. */
export function storeBefore(record: Uint8Array): KeyStore {
  const restored = KeyStore.restore(record)
  wipe(record)
  return restored.kind === 'ok' ? restored.store : new KeyStore()
}
