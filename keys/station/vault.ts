import { createHmac } from 'node:crypto'
import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { equalBytes } from '../equal-bytes.ts'
import { wipe } from '../wipe.ts'
import { isScryptCost, SALT_LENGTH } from './passphrase.ts'
import { derivedKey, seal, unseal } from './sealing.ts'
import type { Role } from './station.ts'

// The vault of a station: one data key of 32 bytes, wrapped once for every pair of people, so that no passphrase alone
// opens anything. The record is CBOR:
//
// ['shuaka vault 1', [[name, role, cost, salt, verifier, share], …], [[first, second, wrapped], …], mac]
//
// `share` is what the passphrase gives, sealed under the data key, so that two people can wrap it for a third; `wrapped` is
// the data key under HKDF(share of first ‖ share of second), names in order; `mac` is HMAC-SHA-256 under the data key
// over the record without it. With one person there is no data key yet: share and mac are empty.

const FORMAT = 'shuaka vault 1'
const DATA_KEY_BYTES = 32
export const PEOPLE_MAX = 20

type Random = (bytes: number) => Uint8Array

export interface VaultPerson {
  readonly name: string
  readonly role: Role
  readonly cost: number
  readonly salt: Uint8Array
  readonly verifier: Uint8Array
  readonly share: Uint8Array
}
interface Wrap {
  readonly first: string
  readonly second: string
  readonly wrapped: Uint8Array
}
export interface Vault {
  readonly people: readonly VaultPerson[]
  readonly wraps: readonly Wrap[]
  readonly mac: Uint8Array
}

/** The same people with the data key wrapped for every pair of them; `shareOf` gives the share of each in clear. */
export function wrapped(
  people: readonly VaultPerson[],
  dataKey: Uint8Array,
  shareOf: (name: string) => Uint8Array,
  random: Random,
): Vault {
  const sorted = [...people].sort((a, b) => (a.name < b.name ? -1 : 1))
  const sealedPeople = sorted.map((person) => ({
    ...person,
    share: seal(dataKey, `share ${person.name}`, shareOf(person.name), random),
  }))
  const wraps = sorted.flatMap(({ name: first }, i) =>
    sorted.slice(i + 1).map(({ name: second }) => {
      const key = pairKey(shareOf(first), shareOf(second))
      const wrap = { first, second, wrapped: seal(key, pairName(first, second), dataKey, random) }
      wipe(key)
      return wrap
    }),
  )
  const body = { people: sealedPeople, wraps, mac: new Uint8Array(0) }
  return { ...body, mac: macOf(body, dataKey) }
}

/** The data key, by the shares of two people; nothing where the record is not what was written. */
export function dataKeyOf(vault: Vault, shares: ReadonlyMap<string, Uint8Array>): Uint8Array | undefined {
  for (const { first, second, wrapped } of vault.wraps) {
    const a = shares.get(first)
    const b = shares.get(second)
    if (a === undefined || b === undefined) continue
    const key = pairKey(a, b)
    const dataKey = unseal(key, pairName(first, second), wrapped)
    wipe(key)
    if (dataKey === undefined) return undefined
    if (dataKey.length === DATA_KEY_BYTES && equalBytes(macOf(vault, dataKey), vault.mac)) return dataKey
    wipe(dataKey)
    return undefined
  }
  return undefined
}

/** The share of one person in clear, to be wiped by the caller. Throws where the record is not of this data key. */
export function shareIn(vault: Vault, dataKey: Uint8Array, name: string): Uint8Array {
  const person = vault.people.find((candidate) => candidate.name === name)
  const share = person && unseal(dataKey, `share ${name}`, person.share)
  if (share === undefined) throw new Error('vault: a share is not of this data key')
  return share
}

export function encodeVault(vault: Vault): Uint8Array {
  return encodeCbor([...bodyOf(vault), vault.mac])
}

/** Nothing where the bytes are no vault. */
export function decodeVault(bytes: Uint8Array): Vault | undefined {
  try {
    const value = decodeCbor(bytes)
    if (!isList(value, 4) || value[0] !== FORMAT || !(value[3] instanceof Uint8Array)) return undefined
    const people = listOf(value[1], personOf)
    const wraps = listOf(value[2], wrapOf)
    if (people === undefined || wraps === undefined || people.length > PEOPLE_MAX) return undefined
    return { people, wraps, mac: value[3] }
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function bodyOf({ people, wraps }: Vault): CborValue[] {
  return [
    FORMAT,
    people.map(({ name, role, cost, salt, verifier, share }) => [name, role, cost, salt, verifier, share]),
    wraps.map(({ first, second, wrapped }) => [first, second, wrapped]),
  ]
}

function macOf(vault: Vault, dataKey: Uint8Array): Uint8Array {
  const key = derivedKey(dataKey, 'shuaka vault mac 1')
  const mac = createHmac('sha256', key)
    .update(encodeCbor(bodyOf(vault)))
    .digest()
  wipe(key)
  return Uint8Array.from(mac)
}

function pairKey(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  const key = derivedKey(both, 'shuaka vault pair 1')
  wipe(both)
  return key
}

/** No name holds a zero byte, so no two pairs give one text. */
function pairName(first: string, second: string): string {
  return `pair ${first}\0${second}`
}

function personOf(value: CborValue): VaultPerson | undefined {
  if (!isList(value, 6)) return undefined
  const [name, role, cost, salt, verifier, share] = value
  if (typeof name !== 'string' || (role !== 'custodian' && role !== 'operator')) return undefined
  if (typeof cost !== 'number' || !isScryptCost(cost)) return undefined
  if (!(salt instanceof Uint8Array) || salt.length !== SALT_LENGTH) return undefined
  if (!(verifier instanceof Uint8Array) || !(share instanceof Uint8Array)) return undefined
  return { name, role, cost, salt, verifier, share }
}

function wrapOf(value: CborValue): Wrap | undefined {
  if (!isList(value, 3)) return undefined
  const [first, second, wrapped] = value
  if (typeof first !== 'string' || typeof second !== 'string' || !(wrapped instanceof Uint8Array))
    return undefined
  return { first, second, wrapped }
}

function isList(value: CborValue | undefined, length: number): value is readonly CborValue[] {
  return Array.isArray(value) && value.length === length
}

function listOf<Item>(
  value: CborValue | undefined,
  one: (value: CborValue) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value)) return undefined
  const items: Item[] = []
  for (const entry of value as readonly CborValue[]) {
    const item = one(entry)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}
