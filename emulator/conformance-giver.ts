import { issueCertificate } from '../host-link/channel/certificate.ts'
import type { Credential, Purpose, Role } from '../host-link/channel/channel-end.ts'
import { responder } from '../host-link/channel/responder.ts'
import { ed25519KeyPair } from '../keys/ed25519.ts'
import { toHex } from '../keys/hex.ts'
import { type GiverBook, makeGiver } from '../keys/load/giver.ts'
import { masterCheckValue } from '../keys/store/key-rules.ts'
import { TRANSACTION_BYTES } from '../keys/store/slot-report.ts'
import { x25519PublicKey } from '../keys/x25519.ts'
import { LOADED_SLOT } from '../terminal/device/conformance/keys.ts'
import type { GiverKind, Rig } from '../terminal/device/conformance/port.ts'
import type { Dial } from './device/ports.ts'

type RandomBytes = (length: number) => Uint8Array
const GIVER_ID = 'GIVER'
const NOT_AFTER = 20_991_231
const TODAY = 20_260_101

/** Station and host of the conformance suite: two credentials of one trust root, and one of another. */
export interface ConformanceGiver {
  /** Of the device under test. */
  readonly credential: Credential
  /** Where `kind` is not `none`, whoever dials reaches it; undefined: somebody else answers this line. */
  dial(purpose: 'inject' | 'rkl'): Dial | undefined
  readonly rig: Pick<Rig, 'giver' | 'given'>
}

export function makeConformanceGiver(serial: string, random: RandomBytes): ConformanceGiver {
  const root = ed25519KeyPair(random(32))
  const credentialOf = (role: Role, id: string, purposes: readonly Purpose[], by = root): Credential => {
    const secret = random(32)
    const certificate = issueCertificate(
      { role, id, purposes, publicKey: x25519PublicKey(secret), serial: random(8), notAfter: NOT_AFTER },
      by.secretKey,
    )
    return { secret, certificate, root: root.publicKey }
  }
  const made = new Map<string, Credential>()
  /** Made when it is wanted, once. */
  function giverCredential(purpose: 'inject' | 'rkl', strange: boolean): Credential {
    const name = `${purpose} ${strange}`
    const by = strange ? ed25519KeyPair(random(32)) : root
    const role = purpose === 'inject' ? 'station' : 'host'
    const found = made.get(name) ?? credentialOf(role, GIVER_ID, [purpose], by)
    made.set(name, found)
    return found
  }
  let kind: GiverKind = 'none'
  let given: { readonly slot: number; readonly checkValue: string } | undefined

  const book: GiverBook = {
    async open() {
      if (kind === 'refuses') return { kind: 'refuse', code: 'notExpected' }
      const key = random(16)
      given = { slot: LOADED_SLOT, checkValue: toHex(masterCheckValue('TDES', key)) }
      const transaction = random(TRANSACTION_BYTES)
      return { kind: 'load', transaction, slot: LOADED_SLOT, algorithm: 'TDES', key, keyVersion: '00' }
    },
    proven: async () => undefined,
    confirmed: async () => undefined,
    failed: async () => undefined,
  }

  const dial = (purpose: 'inject' | 'rkl'): Dial => {
    return async (events) => {
      const credential = giverCredential(purpose, kind === 'stranger')
      const end = responder({ credential, id: GIVER_ID, purposes: [purpose], today: () => TODAY, random })
      let giver: ReturnType<typeof makeGiver> | undefined
      async function take(chunk: Uint8Array): Promise<void> {
        const { send, messages } = end.receive(chunk)
        for (const bytes of send) events.bytes(bytes)
        for (const message of messages) {
          if (end.session === undefined) return
          giver ??= makeGiver(end.session, serial, book, random)
          const answer = kind === 'foreign' ? Uint8Array.of(0) : (await giver.receive(message)).send
          if (answer !== undefined) events.bytes(end.seal(answer))
        }
      }
      return {
        send(bytes) {
          if (kind !== 'silent') void take(bytes)
        },
        close: () => end.close(),
      }
    }
  }
  return {
    credential: credentialOf('terminal', serial, ['host', 'inject', 'rkl']),
    dial: (purpose) => (kind === 'none' ? undefined : dial(purpose)),
    rig: {
      giver(next) {
        kind = next
        given = undefined
      },
      given: () => given,
    },
  }
}
