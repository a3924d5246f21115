import { readCertificate } from '../channel/certificate.ts'
import type { ChannelEnd, Credential, Session } from '../channel/channel-end.ts'
import type { Random } from '../channel/end-core.ts'
import type { Ephemerals } from '../channel/ephemerals.ts'
import { MAGIC } from '../channel/hello.ts'
import { responder } from '../channel/responder.ts'
import type { AlarmBell } from './alarm.ts'
import type { Connection } from './connection.ts'
import type { RemoteKeys } from './remote-keys.ts'

/** How this host speaks the channel. */
export interface HostChannel {
  /** Of a certificate with the role of a host. */
  readonly credential: Credential
  /** Refuses a stream that is not inside a channel. */
  readonly only: boolean
}

export interface ChannelDesk {
  readonly channel: HostChannel
  /** YYYYMMDD. */
  readonly today: () => number
  readonly random: Random
  /** Of all streams of this host. */
  readonly ephemerals: Ephemerals
  readonly bell: AlarmBell
  readonly remoteKeys: RemoteKeys
  /** The connection of requests: of the terminal with this serial alone, or of a plain stream. */
  plain(serial: string | undefined): Connection
}

/**
 * One client's stream at a host that speaks the channel: its first byte decides, for the "SK" of a hello is no length
 * that a frame may have. All that is wrong with a handshake ends it and rings `channelRefused`.
 */
export function channelConnection(desk: ChannelDesk): Connection {
  let taken: Connection | undefined
  let refused: string | undefined
  return {
    get ended() {
      return refused ?? taken?.ended
    },
    async receive(chunk) {
      const [first] = chunk
      if (first === undefined || refused !== undefined) return []
      if (taken === undefined && first !== MAGIC[0] && desk.channel.only) {
        desk.bell.ring('plainRefused')
        refused = 'a stream without a channel'
        return []
      }
      taken ??= first === MAGIC[0] ? encrypted(desk) : desk.plain(undefined)
      return taken.receive(chunk)
    },
    closed: () => taken?.closed?.(),
  }
}

/** What a session carries: bytes in, bytes out; set `ended` when it is over. */
interface Inner {
  receive(payload: Uint8Array): Promise<readonly Uint8Array[]>
  readonly ended: string | undefined
}

function encrypted(desk: ChannelDesk): Connection {
  const { credential } = desk.channel
  const end: ChannelEnd = responder({
    credential,
    id: readCertificate(credential.certificate)?.id ?? '',
    purposes: ['host', 'rkl'],
    ...{ today: desk.today, random: desk.random, ephemerals: desk.ephemerals, oneSession: true },
  })
  let inner: Inner | undefined
  let ended: string | undefined

  const finish = (why: string): void => {
    ended ??= why
    end.close()
  }

  async function carried(payload: Uint8Array, session: Session): Promise<Uint8Array[]> {
    inner ??= innerOf(desk, session)
    const sealed: Uint8Array[] = []
    for (const bytes of await inner.receive(payload)) if (ended === undefined) sealed.push(end.seal(bytes))
    if (inner.ended !== undefined) finish(inner.ended)
    return sealed
  }

  return {
    get ended() {
      return ended
    },
    async receive(chunk) {
      const { session: before } = end
      const { send, messages, ended: why } = end.receive(chunk)
      const bytes = [...send]
      const { session = before } = end
      // Messages before a fault in the same chunk are good, but their answers could not be sealed: nothing is done.
      if (why === undefined && session !== undefined)
        for (const message of messages)
          if (ended === undefined) bytes.push(...(await carried(message, session)))
      if (why !== undefined && ended === undefined) {
        desk.bell.ring('channelRefused')
        finish(why)
      }
      return bytes
    },
    closed: () => finish('the stream is closed'),
  }
}

function innerOf(desk: ChannelDesk, session: Session): Inner {
  if (session.purpose === 'host') return desk.plain(session.peer.id)
  const loading = desk.remoteKeys.session(session)
  let ended: string | undefined
  return {
    get ended() {
      return ended
    },
    async receive(message) {
      const { send, over } = await loading.receive(message)
      if (over !== undefined) ended = 'the loading of keys is over'
      return send === undefined ? [] : [send]
    },
  }
}
