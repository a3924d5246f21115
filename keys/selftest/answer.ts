import { equalBytes } from '../equal-bytes.ts'
import { fromHex, toHex } from '../hex.ts'
import { isObject } from './vector.ts'

/**
 * What a check computed. It never sees what the file expects: that is compared here, member by member, and a member
 * that nothing was computed for is a failure.
 *
 * `Uint8Array`: the same bytes, in hex. `leading`: the file may show the first bytes only, three at least. `refused`:
 * our code refused it, for the reason `label`; where that is none of `labels`, whose names are settled, the refusal
 * itself is what is tested. `list`: as many members, in the same order where it is `ordered`. `members`: all that the
 * file names; where it is `exact`, the file names all.
 */
export type Value =
  | Uint8Array
  | string
  | number
  | boolean
  | { readonly kind: 'leading'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly label: string; readonly labels: readonly string[] }
  | { readonly kind: 'list'; readonly members: readonly Value[]; readonly ordered: boolean }
  | { readonly kind: 'members'; readonly members: Members; readonly exact: boolean }

export interface Members {
  readonly [name: string]: Value
}

export interface Answer {
  readonly expected: Value
  /** Members beside `expected` that are results too: compared where the file has them. */
  readonly also?: Members
}

const LEADING_BYTES_MIN = 3

export function members(values: Members, exact = false): Value {
  return { kind: 'members', members: values, exact }
}

export function leading(bytes: Uint8Array): Value {
  return { kind: 'leading', bytes }
}

export function list(values: readonly Value[], ordered = true): Value {
  return { kind: 'list', members: values, ordered }
}

/** Where the file's value and the computed one differ, as a clause; undefined where they agree. */
export function difference(wanted: unknown, computed: Value, path: string): string | undefined {
  if (agrees(wanted, computed)) return undefined
  if (isMembers(computed) && isObject(wanted)) {
    return memberDifference(wanted, computed.members, path) ?? `${path}: not all that is computed is there`
  }
  return `${path}: the file has ${shown(wanted)}, computed is ${text(computed)}`
}

function memberDifference(
  wanted: { readonly [name: string]: unknown },
  computed: Members,
  path: string,
): string | undefined {
  for (const [name, value] of Object.entries(wanted)) {
    const own = Object.keys(computed).includes(name) ? computed[name] : undefined
    if (own === undefined) return `${path}.${name}: nothing of this name is computed`
    const found = difference(value, own, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

function agrees(wanted: unknown, computed: Value): boolean {
  if (typeof computed === 'number' || typeof computed === 'boolean') return wanted === computed
  if (typeof computed === 'string') return wanted === computed
  if (computed instanceof Uint8Array) {
    const bytes = hexOf(wanted)
    return bytes !== undefined && equalBytes(bytes, computed)
  }
  switch (computed.kind) {
    case 'leading': {
      const bytes = hexOf(wanted)
      const enough = bytes !== undefined && bytes.length >= LEADING_BYTES_MIN
      return enough && equalBytes(bytes, computed.bytes.subarray(0, bytes.length))
    }
    case 'refused':
      return typeof wanted === 'string' && refusalAgrees(wanted, computed)
    case 'list':
      return Array.isArray(wanted) && listsAgree(wanted, computed.members, computed.ordered)
    case 'members': {
      if (!isObject(wanted)) return false
      const wantedCount = Object.keys(wanted).length
      const whole = computed.exact ? wantedCount === Object.keys(computed.members).length : wantedCount > 0
      return whole && memberDifference(wanted, computed.members, '') === undefined
    }
  }
}

/** A reason that has a name must be the file's; one that has none may be any that is not another's name. */
function refusalAgrees(
  wanted: string,
  { label, labels }: { readonly label: string; readonly labels: readonly string[] },
): boolean {
  return labels.includes(label) ? wanted === label : !labels.includes(wanted)
}

function listsAgree(wanted: readonly unknown[], computed: readonly Value[], ordered: boolean): boolean {
  if (wanted.length !== computed.length) return false
  if (ordered) return wanted.every((value, index) => agrees(value, computed[index] ?? false))
  const rest = [...computed]
  return wanted.every((value) => {
    const at = rest.findIndex((candidate) => agrees(value, candidate))
    if (at >= 0) rest.splice(at, 1)
    return at >= 0
  })
}

function isMembers(value: Value): value is Extract<Value, { readonly kind: 'members' }> {
  return typeof value === 'object' && !(value instanceof Uint8Array) && value.kind === 'members'
}

/** Bytes of a file's hex; undefined for anything else. */
function hexOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string') return undefined
  const digits = value.replace(/ /g, '')
  return digits.length % 2 === 0 && /^[0-9A-Fa-f]*$/.test(digits) ? fromHex(digits) : undefined
}

function text(value: Value): string {
  if (value instanceof Uint8Array) return toHex(value) || 'nothing'
  if (typeof value !== 'object') return String(value)
  switch (value.kind) {
    case 'leading':
      return toHex(value.bytes)
    case 'refused':
      return value.label
    case 'list':
      return value.members.map(text).join(', ')
    case 'members':
      return Object.entries(value.members)
        .map(([name, member]) => `${name} ${text(member)}`)
        .join(', ')
  }
}

const SHOWN_MAX = 200

function shown(value: unknown): string {
  const whole = typeof value === 'string' ? value : JSON.stringify(value)
  return whole.length > SHOWN_MAX ? `${whole.slice(0, SHOWN_MAX)}…` : whole || 'nothing'
}
