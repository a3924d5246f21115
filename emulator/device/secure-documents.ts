import { sha256 } from '@noble/hashes/sha2.js'
import type { Credential } from '../../host-link/channel/channel-end.ts'
import { ed25519Verify } from '../../keys/ed25519.ts'
import type { Secure } from '../../terminal/device/secure.ts'
import { checkLength } from './bus.ts'
import { FLOOR_MAX, FLOOR_SCOPE_BYTES, FLOORS, type Floors, floorAt, raised } from './floors.ts'
import { makeReportKey } from './report-key.ts'

const SIGNED_BYTES_MAX = 65_536

type Calls = Pick<Secure, 'hash' | 'verify' | 'sign' | 'reportKey' | 'floor' | 'raiseFloor'>

/** What of the state belongs to signed documents. */
export interface DocumentState {
  readonly reportSeed?: Uint8Array
  readonly floors?: Floors
}

/** The secure element's part in 远程下载: checks what others have signed, signs its own, and keeps the floors. */
export interface Documents {
  readonly calls: Calls
  /** What is to be saved now. */
  state(): DocumentState
  /** The case was opened: the report key goes, the floors stay. */
  tamper(): void
}

/** `save` makes `state()` durable and says whether it could. */
export function makeDocuments(
  start: DocumentState,
  credential: () => Credential | undefined,
  random: (length: number) => Uint8Array,
  save: () => boolean,
): Documents {
  let floors = start.floors ?? []
  const reportKey = makeReportKey(start.reportSeed, credential, random, save)

  const calls: Calls = {
    hash(bytes) {
      checkLength('hash', bytes.length, 0, SIGNED_BYTES_MAX)
      return sha256(bytes)
    },
    verify(key, message, signature) {
      checkLength('message', message.length, 0, SIGNED_BYTES_MAX)
      return ed25519Verify(key, message, signature)
    },
    sign(message) {
      checkLength('message', message.length, 0, SIGNED_BYTES_MAX)
      return reportKey.sign(message)
    },
    reportKey: reportKey.publicKey,
    floor(index, scope) {
      checkFloor(index, scope)
      return floorAt(floors, index, scope)
    },
    raiseFloor(index, value, scope) {
      checkFloor(index, scope)
      checkLength('floor', value, 0, FLOOR_MAX)
      const before = floors
      const after = raised(before, index, value, scope)
      if (after === undefined) return 'raised'
      floors = after
      if (save()) return 'raised'
      floors = before
      return 'storage'
    },
  }
  return {
    calls,
    state() {
      const reportSeed = reportKey.seed()
      return { floors, ...(reportSeed === undefined ? {} : { reportSeed }) }
    },
    tamper: reportKey.forget,
  }
}

function checkFloor(index: number, scope: Uint8Array): void {
  checkLength('floor index', index, 0, FLOORS - 1)
  checkLength('floor scope', scope.length, FLOOR_SCOPE_BYTES, FLOOR_SCOPE_BYTES)
}
