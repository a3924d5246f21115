import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import type { ChannelEnd, Credential } from '../../host-link/channel/channel-end.ts'
import { initiator } from '../../host-link/channel/initiator.ts'
import { responder } from '../../host-link/channel/responder.ts'
import { ed25519KeyPair } from '../../keys/ed25519.ts'
import { newIdentity } from '../identity/issue.ts'
import { median, type Row, rounds, type Work } from './row.ts'

const RUNS = 7
const HANDSHAKES = 30
const MESSAGES = 2000
/** A sale with MAC and PIN block, in a frame. */
const MESSAGE_BYTES = 220
const TODAY = 20_261_122

const fresh = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes))

/** The encrypted channel: a handshake of both ends, beside OpenSSL's curve operations alone, and a message of a session. */
export async function benchChannel(work: Work): Promise<readonly Row[]> {
  const ends = makeEnds()
  const curves = bareCurves()
  const count = rounds(work, HANDSHAKES, 1)
  const times = { handshake: [] as number[], curves: [] as number[], message: [] as number[] }
  for (let run = 0; run < rounds(work, RUNS, 2); run++) {
    times.handshake.push(milliseconds(() => ends().bytes, count))
    times.curves.push(milliseconds(curves, count))
    const { terminal, host } = ends()
    const payload = fresh(MESSAGE_BYTES)
    const exchange = (): unknown => terminal.receive(host.seal(payload)).messages
    times.message.push(milliseconds(exchange, rounds(work, MESSAGES, 10)) * 1000)
  }
  return [
    {
      quantity: 'handshake, both ends, certificates checked',
      value: median(times.handshake.slice(1)),
      unit: 'ms',
      beside: { what: 'the curve operations alone, OpenSSL', value: median(times.curves.slice(1)) },
      note: 'without the line: two round trips before the first message, or three where the host is not known by name',
    },
    { quantity: 'bytes of a handshake, both directions', value: ends().bytes, unit: 'B' },
    {
      quantity: `a message of ${MESSAGE_BYTES} bytes sealed and opened`,
      value: median(times.message.slice(1)),
      unit: 'µs',
    },
    {
      quantity: 'bytes that a frame adds to a message',
      value: ends().host.seal(new Uint8Array(MESSAGE_BYTES)).length - MESSAGE_BYTES,
      unit: 'B',
    },
  ]
}

function milliseconds(once: () => unknown, count: number): number {
  const startMs = performance.now()
  for (let round = 0; round < count; round++) once()
  return (performance.now() - startMs) / count
}

/** Makes two ends that have shaken hands, with the bytes that it took. */
function makeEnds() {
  const root = ed25519KeyPair(fresh(32))
  const identity = (role: 'terminal' | 'host', id: string): Credential =>
    newIdentity({ role, id, notAfter: 20_991_231 }, root)
  const terminalIdentity = identity('terminal', 'SK00000001')
  const hostIdentity = identity('host', 'HOST-1')
  const common = { today: () => TODAY, random: fresh }
  return () => {
    const terminal = initiator({
      ...{ ...common, credential: terminalIdentity, purpose: 'host' },
      ...{ serial: 'SK00000001', peerId: 'HOST-1' },
    })
    const host = responder({ ...common, credential: hostIdentity, id: 'HOST-1', purposes: ['host'] })
    let bytes = 0
    let chunks: readonly Uint8Array[] = [terminal.start()]
    for (let end: ChannelEnd = host; chunks.length > 0; end = end === host ? terminal : host) {
      bytes += chunks.reduce((sum, { length }) => sum + length, 0)
      chunks = chunks.flatMap((chunk) => end.receive(chunk).send)
    }
    if (terminal.session === undefined) throw new Error('bench: no session')
    return { terminal, host, bytes }
  }
}

/** What both ends do on the curves: 4 public keys, 6 shared secrets, 2 signatures checked. */
function bareCurves(): () => unknown {
  const mine = generateKeyPairSync('x25519')
  const theirs = generateKeyPairSync('x25519')
  const root = generateKeyPairSync('ed25519')
  const signed = randomBytes(140)
  const signature = sign(null, signed, root.privateKey)
  const secret = mine.privateKey.export({ format: 'der', type: 'pkcs8' })
  return () => {
    for (let key = 0; key < 4; key++)
      createPublicKey(createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }))
    for (let shared = 0; shared < 6; shared++)
      diffieHellman({ privateKey: mine.privateKey, publicKey: theirs.publicKey })
    for (let check = 0; check < 2; check++) verify(null, signed, root.publicKey, signature)
  }
}
