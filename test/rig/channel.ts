import { type Certificate, issueCertificate } from '../../host-link/channel/certificate.ts'
import type { ChannelEnd, Credential, Received } from '../../host-link/channel/channel-end.ts'
import { type InitiatorOptions, initiator } from '../../host-link/channel/initiator.ts'
import { type ResponderOptions, responder } from '../../host-link/channel/responder.ts'
import { ed25519KeyPair } from '../../keys/ed25519.ts'
import { x25519PublicKey } from '../../keys/x25519.ts'

export const SERIAL = 'SK000001'
export const HOST_ID = 'HOST-1'
export const TODAY = 20_261_122

/** Bytes that are not random: the same in every run, other ones for every `seed`. */
export function bytesFrom(seed: number, length = 32): Uint8Array {
  let state = seed * 2_654_435_761 + 12_345
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

export function randomFrom(seed: number): (length: number) => Uint8Array {
  let count = 0
  return (length) => bytesFrom(seed * 1000 + ++count, length)
}

export const root = ed25519KeyPair(bytesFrom(1))
export const otherRoot = ed25519KeyPair(bytesFrom(2))

/** A terminal's credential, or what is said of it otherwise. */
export function credentialOf(seed: number, said: Partial<Certificate> = {}, by = root): Credential {
  const secret = bytesFrom(seed)
  const certificate = issueCertificate(
    {
      ...{ role: 'terminal', purposes: ['host', 'inject', 'rkl'], id: SERIAL, notAfter: 20_301_231 },
      ...{ publicKey: x25519PublicKey(secret), serial: bytesFrom(seed + 500, 8) },
      ...said,
    },
    by.secretKey,
  )
  return { secret, certificate, root: root.publicKey }
}

export const terminalCredential = credentialOf(11)
export const hostCredential = credentialOf(12, { role: 'host', purposes: ['host', 'rkl'], id: HOST_ID })
export const stationCredential = credentialOf(13, { role: 'station', purposes: ['inject'], id: 'STATION-1' })

export function terminalEnd(changed: Partial<InitiatorOptions> = {}): ChannelEnd {
  return initiator({
    ...{ credential: terminalCredential, purpose: 'host', serial: SERIAL, peerId: HOST_ID },
    ...{ today: () => TODAY, random: randomFrom(21), ...changed },
  })
}

export function hostEnd(changed: Partial<ResponderOptions> = {}): ChannelEnd {
  return responder({
    ...{ credential: hostCredential, id: HOST_ID, purposes: ['host', 'rkl'] },
    ...{ today: () => TODAY, random: randomFrom(22), ...changed },
  })
}

export function stationEnd(changed: Partial<ResponderOptions> = {}): ChannelEnd {
  return responder({
    ...{ credential: stationCredential, id: 'STATION-1', purposes: ['inject'] },
    ...{ today: () => TODAY, random: randomFrom(23), ...changed },
  })
}

/** What one end said, part after part, and what it took. */
export interface Talk {
  /** `terminal`: bytes from it; a part each, as the end gave them. */
  readonly parts: { readonly from: 'terminal' | 'peer'; readonly bytes: Uint8Array }[]
  readonly messages: { readonly terminal: Uint8Array[]; readonly peer: Uint8Array[] }
  terminalEnded: string | undefined
  peerEnded: string | undefined
}

/** Carries bytes between two ends until neither has more to say; `alter` may change, drop or repeat a part. */
export function talk(
  terminal: ChannelEnd,
  peer: ChannelEnd,
  alter: (bytes: Uint8Array, index: number) => readonly Uint8Array[] = (bytes) => [bytes],
  first: Uint8Array = terminal.start(),
): Talk {
  const done: Talk = {
    ...{ parts: [], messages: { terminal: [], peer: [] } },
    ...{ terminalEnded: undefined, peerEnded: undefined },
  }
  let waiting: { to: 'terminal' | 'peer'; bytes: Uint8Array }[] = [{ to: 'peer', bytes: first }]
  for (let turns = 0; waiting.length > 0 && turns < 20; turns++) {
    const now = waiting
    waiting = []
    for (const { to, bytes } of now) {
      const index = done.parts.length
      done.parts.push({ from: to === 'peer' ? 'terminal' : 'peer', bytes })
      for (const altered of alter(bytes, index)) {
        const received: Received = (to === 'peer' ? peer : terminal).receive(altered)
        done.messages[to].push(...received.messages)
        if (received.ended !== undefined)
          done[to === 'peer' ? 'peerEnded' : 'terminalEnded'] ??= received.ended
        for (const sent of received.send)
          waiting.push({ to: to === 'peer' ? 'terminal' : 'peer', bytes: sent })
      }
    }
  }
  return done
}

/** Two ends after a good handshake. */
export function joinedEnds(terminal = terminalEnd(), peer = hostEnd()) {
  const done = talk(terminal, peer)
  return { terminal, peer, parts: done.parts }
}
