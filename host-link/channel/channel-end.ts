/** What a session is for; bound into the prologue, so that one of a purpose cannot be taken for one of another. */
export type Purpose = 'host' | 'inject' | 'rkl'
export type Role = 'terminal' | 'station' | 'host'

/** Who one is in a channel: a static key pair, the certificate of it, and the root that certificates are believed by. */
export interface Credential {
  /** X25519, 32 bytes. Stays the caller's, who wipes it. */
  readonly secret: Uint8Array
  /** As `issueCertificate` makes it. */
  readonly certificate: Uint8Array
  /** Ed25519 public key, 32 bytes. */
  readonly root: Uint8Array
}

/** Who is at the other end, as its certificate says. */
export interface Peer {
  /** 1–20 ASCII characters: a terminal's serial number, a station's or host's name. */
  readonly id: string
  readonly role: Role
  /** 8 bytes. */
  readonly certificateSerial: Uint8Array
}

/** What both ends know after the handshake. */
export interface Session {
  readonly peer: Peer
  readonly purpose: Purpose
  /** 64 bytes, different in every session; binds what is made inside it to it. */
  readonly handshakeHash: Uint8Array
  /** 32 bytes that only these two ends know; wiped by `close` and when the channel ends. */
  readonly exportKey: Uint8Array
}

export interface Received {
  /** For the peer, in order; also together with `ended`. */
  readonly send: readonly Uint8Array[]
  /** Decrypted payloads, in order, one for each frame. */
  readonly messages: readonly Uint8Array[]
  /** Why it is over; `CHANNEL_FAULT` for every cryptographic fault. Nothing is sent or taken any more. */
  readonly ended?: string
  /**
   * Responder: a hello came at a frame boundary and began anew. The session before is over and its keys are wiped;
   * `messages` of the same call are of that one. `session` is undefined until the new handshake is done.
   */
  readonly restarted?: true
}

/** One end of a channel over any byte stream: bytes in, bytes out; pure. */
export interface ChannelEnd {
  /** What to send first: the initiator's hello, and message 1 where it knows the peer's id; nothing of a responder. */
  start(): Uint8Array
  /** Takes what arrived, cut anyhow. */
  receive(chunk: Uint8Array): Received
  /** After the handshake, when each end knows that the other has accepted it. */
  readonly session: Session | undefined
  /** A hello or a frame has begun and is not whole: a line that stays quiet now has lost bytes. */
  readonly midFrame: boolean
  /**
   * Bytes of frames for the peer, of a payload of any length; none for an empty one. One that is not to be cut, as a
   * message of key loading, is `PAYLOAD_BYTES_MAX` at most. Throws Error before the handshake and after the end.
   */
  seal(payload: Uint8Array): Uint8Array
  /** Wipes all keys; `receive` takes nothing more. */
  close(): void
}

/** Every cryptographic fault, and every fault of the bytes of a handshake: whoever tries learns nothing from it. */
export const CHANNEL_FAULT = 'the channel was refused or damaged'
/** Bytes of one Noise message. */
export const FRAME_BYTES_MAX = 16_384
/** Bytes of a payload that travel in one frame. */
export const PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - 16
