import { pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Fleet } from '../store.ts'

/** What mosquitto 2.0 calls PBKDF2-SHA512 in its password file: `$7$iterations$salt$hash`, base64. */
const ITERATIONS = 101
const ITERATIONS_MAX = 100_000
const SALT_BYTES = 12
const HASH_BYTES = 64

/**
 * The hash of a terminal's password, in the form of mosquitto's own password file, so that one hash serves both brokers. Few
 * iterations: the password is to be 16 random bytes or more, made by a machine, not a word of a person.
 */
export function hashPassword(password: Uint8Array, salt: Uint8Array = randomBytes(SALT_BYTES)): string {
  const hash = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES, 'sha512')
  return `$7$${ITERATIONS}$${Buffer.from(salt).toString('base64')}$${hash.toString('base64')}`
}

/** Whether a password is the one of a hash. False for a hash that is none. */
export function checkPassword(password: Uint8Array, held: string): boolean {
  const [, iterations, salt, hash] = /^\$7\$(\d{1,6})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(held) ?? []
  if (iterations === undefined || salt === undefined || hash === undefined) return false
  const wanted = Buffer.from(hash, 'base64')
  const count = Number(iterations)
  if (count < 1 || count > ITERATIONS_MAX || wanted.length !== HASH_BYTES) return false
  return timingSafeEqual(
    pbkdf2Sync(password, Buffer.from(salt, 'base64'), count, HASH_BYTES, 'sha512'),
    wanted,
  )
}

/** The workers on the broker: `~` is in no serial (`serial.ts`), and needs no escape in an address. */
export const SERVICE_USER = '~shuaka-service'

/** What a terminal says, each a level below its `up/`; nothing else is taken from it, by any broker. */
export const UP_TOPICS = ['hello', 'get', 'state', 'log', 'on'] as const

/** A pattern for every terminal: its own branch of the topic tree, whatever its shard is. */
export function aclFile(tenant: string): string {
  return [
    '# Every user writes under its own name and reads what is for it; the user name is the serial number.',
    ...UP_TOPICS.map((name) => `pattern write t/${tenant}/+/%u/up/${name}`),
    `pattern read t/${tenant}/+/%u/dn/#`,
    '',
    '# The workers of the service.',
    `user ${SERVICE_USER}`,
    `topic readwrite t/${tenant}/#`,
    '',
  ].join('\n')
}

export interface MosquittoPlaces {
  readonly port: number
  /** For workers, on this address only. */
  readonly servicePort: number
  readonly serviceHost: string
  readonly folder: string
}

/** A configuration for mosquitto 2.0: limits of a broker that terminals talk to over a bad line. */
export function mosquittoConfiguration({ port, servicePort, serviceHost, folder }: MosquittoPlaces): string {
  return [
    'per_listener_settings false',
    'allow_anonymous false',
    `password_file ${folder}/passwords`,
    `acl_file ${folder}/acl`,
    'persistence false',
    'message_size_limit 40960',
    '# Nothing of a worker is dropped silently, and a frozen terminal holds no more than a few windows.',
    'max_queued_messages 20000',
    'max_inflight_messages 0',
    'max_keepalive 600',
    'set_tcp_nodelay true',
    'log_type error',
    'log_type warning',
    '',
    '# Terminals: whoever connects is the one that its user name says, so that nobody ends another’s session. Only this',
    '# machine, as passwords go over it in the clear: those elsewhere come by TLS, below or by a proxy in front.',
    `listener ${port} 127.0.0.1`,
    'use_username_as_clientid true',
    '',
    '# listener 8883',
    '# use_username_as_clientid true',
    `# certfile ${folder}/server.crt`,
    `# keyfile ${folder}/server.key`,
    '# tls_version tlsv1.2',
    '',
    '# Workers: several of them have one user name.',
    `listener ${servicePort} ${serviceHost}`,
    '',
  ].join('\n')
}

const PAGE = 1_000

/** Lines of mosquitto's password file: all terminals that are not retired, and the workers. */
export async function* passwordLines(
  fleet: Pick<Fleet, 'passwordHashes'>,
  service: string,
): AsyncGenerator<string> {
  yield `${SERVICE_USER}:${service}`
  let after: string | undefined = ''
  while (after !== undefined) {
    const page: Awaited<ReturnType<Fleet['passwordHashes']>> = await fleet.passwordHashes(after, PAGE)
    for (const { serial, hash } of page.rows) yield `${serial}:${hash}`
    after = page.next
  }
}
