import type { Capability, Port, Rig } from './port.ts'

/** One thing that a port must do, under a name that never changes: `display.clip.wide-at-edge`. */
export interface Vector {
  readonly id: string
  readonly title: string
  /** What the port must have for it; where it lacks one of them the vector is declared absent. */
  readonly needs: readonly Capability[]
  /** Throws `Mismatch` where the port does something else. */
  run(port: Port): Promise<void>
}

export function vector(
  id: string,
  title: string,
  run: (port: Port) => Promise<void>,
  ...needs: readonly Capability[]
): Vector {
  return { id, title, run, needs }
}

/** The port does not do what the contract says; the message says what it does. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
}

/** Compares by content: objects by their properties in any order, bytes by value. Throws Mismatch. */
export function same(actual: unknown, wanted: unknown, what: string): void {
  if (isSame(actual, wanted)) return
  throw new Mismatch(`${what}: wants ${shown(wanted)}, got ${shown(actual)}`)
}

/** Throws Mismatch unless `holds`. */
export function holds(holds: boolean, what: string): void {
  if (!holds) throw new Mismatch(what)
}

/** What an object has by name, whatever its type says; nothing, where it is no object. */
export function named(value: unknown): { [name: string]: unknown } {
  return isObject(value) ? value : {}
}
function isObject(value: unknown): value is { [name: string]: unknown } {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** A waiting call that is being watched from outside: what it gave so far, and how often. */
export interface Watch<T> {
  /** Undefined while it waits. */
  readonly result: T | undefined
}

/** Starts a waiting call and looks on. A call that throws or rejects shows as `{ kind: 'threw' }`. */
export function watch<T>(call: () => Promise<T>): Watch<T | Threw> {
  const seen: { result: T | Threw | undefined } = { result: undefined }
  const threw = (error: unknown): void => {
    seen.result = { kind: 'threw', why: String(error) }
  }
  try {
    call().then((result) => {
      seen.result = result
    }, threw)
  } catch (error) {
    threw(error)
  }
  return seen
}
export interface Threw {
  readonly kind: 'threw'
  readonly why: string
}

/** The result of a waiting call that must be there within `ms` of the device's time. Throws Mismatch. */
export async function within<T>(rig: Rig, ms: number, call: () => Promise<T>): Promise<T> {
  const watched = watch(call)
  await rig.pass(0)
  if (watched.result === undefined && ms > 0) await rig.pass(ms)
  const { result } = watched
  if (result === undefined) throw new Mismatch(`nothing came within ${ms} ms`)
  if (isThrew(result)) throw new Mismatch(`threw ${result.why}`)
  return result
}

/** Time in which a refusal that is not at once has come. */
const REFUSAL_MS = 20_000

/**
 * A call beyond the contract. It must throw, which ends the run (docs/device.md, rule 2): in the device's own engine the
 * program is started again, and goes on behind this line when it comes here the next time. Where the contract has a word
 * for it (`failed`, `fault`) that will do, too.
 */
export async function refused(port: Port, what: string, call: () => unknown): Promise<void> {
  if (port.life !== undefined) {
    await port.life.ends('crash', what, call, isRefusal)
    return
  }
  const watched = watch(async () => call())
  await port.rig.pass(REFUSAL_MS)
  holds(isThrew(watched.result) || isRefusal(watched.result), `${what} was not refused`)
}
function isRefusal(result: unknown): boolean {
  return result === 'failed' || (isKinded(result) && (result.kind === 'fault' || result.kind === 'failed'))
}
function isKinded(result: unknown): result is { readonly kind: unknown } {
  return typeof result === 'object' && result !== null && 'kind' in result
}
/** Whether this is the first run of the vector: what a refused call must leave alone is made here and once. */
export function isFirstRun({ life }: Port): boolean {
  return life === undefined || life.stage === 0
}

/** Whether an instant call throws that is inside the contract: a mismatch with a name, where it would only end the run. */
export function throws(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch {
    return true
  }
}

function isThrew(result: unknown): result is Threw {
  return isKinded(result) && result.kind === 'threw'
}

/** Letters of a value in a message: whoever looks wants the place, and the heap is small. */
const SHOWN_BYTES_MAX = 64

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false
    for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
    return true
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!(Array.isArray(a) && Array.isArray(b)) || a.length !== b.length) return false
    return a.every((item, at) => isSame(item, b[at]))
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  const [left, right] = [partsOf(a), partsOf(b)]
  return (
    left.length === right.length &&
    left.every(([name, part], at) => right[at]?.[0] === name && isSame(part, right[at]?.[1]))
  )
}
/** Properties by their names; one that is undefined is none. */
function partsOf(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) {
    const cut = value.length > SHOWN_BYTES_MAX ? `… ${value.length} bytes` : ''
    return `<${toHex(value.subarray(0, SHOWN_BYTES_MAX))}${cut}>`
  }
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${partsOf(value)
      .map(([name, part]) => `${name}: ${shown(part)}`)
      .join(', ')} }`
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text.toUpperCase()
}

export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2)
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)
  return bytes
}

/** `length` bytes that differ from their neighbours: 0, 7, 14, … */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 7) & 0xff
  return bytes
}
