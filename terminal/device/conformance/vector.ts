import type { Port, Rig } from './port.ts'

/** One thing that a port must do, under a name that never changes: `display.clip.wide-at-edge`. */
export interface Vector {
  readonly id: string
  readonly title: string
  /** Throws `Mismatch` where the port does something else. */
  run(port: Port): Promise<void>
}

export function vector(id: string, title: string, run: (port: Port) => Promise<void>): Vector {
  return { id, title, run }
}

/** The port does not do what the contract says; the message says what it does. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
}

/** Compares by content: objects by their properties in any order, bytes by value. Throws Mismatch. */
export function same(actual: unknown, wanted: unknown, what: string): void {
  const [got, want] = [shown(actual), shown(wanted)]
  if (got !== want) throw new Mismatch(`${what}: wants ${want}, got ${got}`)
}

/** Throws Mismatch unless `holds`. */
export function holds(holds: boolean, what: string): void {
  if (!holds) throw new Mismatch(what)
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

/** Whether an instant call throws, as a call beyond its limits should. */
export function throws(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch {
    return true
  }
}

function isThrew(result: unknown): result is Threw {
  return typeof result === 'object' && result !== null && (result as { kind?: unknown }).kind === 'threw'
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `<${toHex(value)}>`
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([name, part]) => `${name}: ${shown(part)}`)
    return `{ ${parts.sort().join(', ')} }`
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('')
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  )
}

/** `length` bytes that differ from their neighbours: 0, 7, 14, … */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7) & 0xff)
}
