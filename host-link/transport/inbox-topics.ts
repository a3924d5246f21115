import { sha256 } from '@noble/hashes/sha2.js'
import type { DownTopic, UpTopic } from '../../terminal/device/inbox.ts'

/** Terminals are spread over so many shards by the hash of their serial number. */
export const SHARDS = 64

/** The topics of one terminal: `t/{tenant}/{shard}/{serial}/up/…` and `…/dn/…`. */
export interface InboxTopics {
  up(topic: UpTopic): string
  down(topic: DownTopic): string
  /** Presence, retained: a CBOR map {0: 1 online or 0, 1: connection epoch}. */
  readonly on: string
}

/** Throws RangeError for a name that would reach into other topics. */
export function inboxTopics(tenant: string, serial: string): InboxTopics {
  if (!/^[a-z0-9-]{1,16}$/.test(tenant)) throw new RangeError('tenant: 1 to 16 of a-z, 0-9 and -')
  if (!/^[A-Za-z0-9._-]{1,20}$/.test(serial))
    throw new RangeError('serial number: 1 to 20 letters, digits, dots and hyphens')
  const root = `t/${tenant}/${shardName(serial)}/${serial}`
  return {
    up: (topic) => `${root}/up/${topic}`,
    down: (topic) => `${root}/dn/${topic}`,
    on: `${root}/up/on`,
  }
}

/** 0 to 63: the first byte of the serial number's SHA-256, modulo 64. */
export function shardOf(serial: string): number {
  return (sha256(Uint8Array.from(serial, (letter) => letter.charCodeAt(0)))[0] ?? 0) % SHARDS
}

function shardName(serial: string): string {
  return String(shardOf(serial)).padStart(2, '0')
}
