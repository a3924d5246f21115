import { bytesOfHex, hexOf } from '../../host-link/wire/bytes.ts'
import {
  bytesOfTypedHex,
  combineComponents,
  componentCheckValue,
  componentFits,
  isZeroComponent,
} from '../component.ts'
import { withOddParity } from '../des-key.ts'
import { equalBytes } from '../equal-bytes.ts'
import { wipe } from '../wipe.ts'
import { type Core, type Opened, refused, type Zmk } from './core.ts'
import { isLabel } from './name.ts'
import type { CeremonyView, Done, KeyOrder, Refused, Role, ZmkAlgorithm } from './station.ts'
import { adoptKey, generateInToken } from './zmk.ts'

/** The making of the ZMK 分量仪式: in memory only, by custodians who each know one component. */
export interface Ceremony {
  view(): CeremonyView | undefined
  /** Why a key cannot be ordered so now. */
  fault(order: KeyOrder): Refused | undefined
  begin(order: KeyOrder): Done
  component(name: string, hex: Uint8Array): Done<{ readonly checkValue: string }>
  confirm(name: string): Done<{ readonly checkValue?: string }>
  reject(name: string): Done
  cancel(): Done
  generate(label: string): Done<{ readonly checkValue: string }>
  /** Somebody has left: their component goes with them, confirmed or not. */
  leave(name: string, why: 'loggedOut' | 'dismissed'): void
  /** The session has ended: nothing is kept, and nothing more is recorded. */
  drop(): void
}

interface Part {
  readonly name: string
  readonly bytes: Uint8Array
  readonly checkValue: string
  confirmed: boolean
}
interface Making {
  readonly label: string
  readonly algorithm: ZmkAlgorithm
  readonly bytes: number
  readonly wanted: 2 | 3
  readonly expected: Uint8Array | undefined
  readonly parts: Part[]
}

// biome-ignore format: one row a cipher
const kinds: { readonly [A in ZmkAlgorithm]: { readonly bytes: number; readonly checkValueBytes: number } } = {
  AES:  { bytes: 32, checkValueBytes: 5 },
  TDES: { bytes: 16, checkValueBytes: 3 },
}

/** Who may type components. */
export interface Custodians {
  role(name: string): Role | undefined
  /** How many are enrolled. */
  custodians(): number
}

export function ceremony(core: Core, who: Custodians): Ceremony {
  let making: Making | undefined

  function drop(): void {
    wipe(...(making?.parts ?? []).map(({ bytes }) => bytes))
    making = undefined
  }

  function fault({ label, algorithm, bytes, components, expectedCheckValue }: KeyOrder): Refused | undefined {
    const why = orderFault(core)
    if (why !== undefined) return why
    if (making !== undefined) return refused('ceremony')
    const kind = kinds[algorithm]
    if (kind === undefined || (components !== 2 && components !== 3)) return refused('keyOrder')
    if (!isLabel(label)) return refused('keyLabel')
    const size = bytes ?? kind.bytes
    if (!componentFits(algorithm, size)) return refused('keySize')
    // A token's keys are of 32 bytes; one of another kind would not be kept there, and nobody would notice.
    if (core.token !== undefined && (algorithm !== 'AES' || size !== 32)) return refused('keyToken')
    const wrong =
      expectedCheckValue !== undefined && checkValueOf(expectedCheckValue)?.length !== kind.checkValueBytes
    if (wrong) return refused('keyCheckValue')
    return who.custodians() < components ? refused('keyCustodians') : undefined
  }

  function begin(order: KeyOrder): Done {
    const why = fault(order)
    if (why !== undefined) return why
    const { label, algorithm, components, expectedCheckValue } = order
    const bytes = order.bytes ?? kinds[algorithm].bytes
    const expected = expectedCheckValue === undefined ? undefined : checkValueOf(expectedCheckValue)
    core.record('keyBegun', { usage: 'ZMK', algorithm, detail: label })
    making = { label, algorithm, bytes, wanted: components, expected, parts: [] }
    return { kind: 'ok' }
  }

  function component(name: string, hex: Uint8Array): Done<{ readonly checkValue: string }> {
    const bytes = bytesOfTypedHex(hex) // overwrites the digits
    const why =
      making === undefined ? refused('noCeremony') : partFault(core, making, name, who.role(name), bytes)
    if (why !== undefined || making === undefined || bytes === undefined) {
      wipe(bytes)
      return why ?? refused('componentHex')
    }
    const checkValue = hexOf(componentCheckValue(making.algorithm, bytes))
    making.parts.push({ name, bytes, checkValue, confirmed: false })
    core.record('component', { person: name, usage: 'ZMK', algorithm: making.algorithm, checkValue })
    return { kind: 'ok', checkValue }
  }

  function confirm(name: string): Done<{ readonly checkValue?: string }> {
    const { opened } = core
    if (opened === undefined) return refused('closed')
    if (making === undefined) return refused('noCeremony')
    const part = making.parts.find((candidate) => candidate.name === name && !candidate.confirmed)
    if (part === undefined || !core.shares.has(name)) return refused('noComponent')
    core.record('componentConfirmed', { person: name, checkValue: part.checkValue })
    part.confirmed = true
    const whole = making.parts.filter(({ confirmed }) => confirmed).length === making.wanted
    return whole ? combine(opened, making) : { kind: 'ok' }
  }

  function combine(
    opened: Opened,
    { algorithm, label, parts, expected }: Making,
  ): Done<{ readonly checkValue?: string }> {
    const combined = combineComponents(
      algorithm,
      parts.map(({ bytes }) => bytes),
      expected,
    )
    drop()
    if (combined.kind === 'refused') {
      core.record('keyMade', { usage: 'ZMK', algorithm, detail: label, result: combined.why })
      return refused(
        combined.why === 'checkValue'
          ? 'checkValue'
          : combined.why === 'equalComponents'
            ? 'componentEqual'
            : 'keyWeak',
      )
    }
    const checkValue = hexOf(combined.checkValue)
    return adopted(opened, { label, algorithm, checkValue }, () =>
      adoptKey(core, opened.sealKey, label, algorithm, combined.key),
    )
  }

  function adopted(
    opened: Opened,
    {
      label,
      algorithm,
      checkValue,
    }: { readonly label: string; readonly algorithm: ZmkAlgorithm; readonly checkValue?: string },
    adopt: () => Zmk | undefined,
  ): Done<{ readonly checkValue: string }> {
    const before = opened.zmk
    const { transact } = core.file
    const zmk = transact(() => {
      const made = adopt()
      const shown = made?.checkValue ?? checkValue
      core.log.append('keyMade', core.people(), core.nowMs(), {
        ...{ usage: 'ZMK', algorithm, detail: label, result: made === undefined ? 'terminals' : 'ok' },
        ...(shown !== undefined && { checkValue: shown }),
      })
      return made
    })
    core.changed()
    if (zmk === undefined) return refused('terminals')
    opened.zmk = zmk
    before?.wipe()
    before?.remove()
    return { kind: 'ok', checkValue: zmk.checkValue }
  }

  return {
    fault,
    begin,
    component,
    confirm,
    drop,
    leave(name, result) {
      const at = making?.parts.findIndex((part) => part.name === name) ?? -1
      const [part] = at < 0 ? [] : (making?.parts.splice(at, 1) ?? [])
      if (part === undefined) return
      wipe(part.bytes)
      core.record('componentRejected', { person: name, checkValue: part.checkValue, result })
    },
    view() {
      if (making === undefined) return undefined
      const { label, algorithm, bytes, wanted, parts } = making
      const components = parts.map(({ name, confirmed, checkValue }) => {
        return { name, checkValue, state: confirmed ? 'confirmed' : 'typed' } as const
      })
      return { label, algorithm, bytes, wanted, components }
    },
    reject(name) {
      const at = making?.parts.findIndex((part) => part.name === name && !part.confirmed) ?? -1
      const [part] = at < 0 ? [] : (making?.parts.splice(at, 1) ?? [])
      if (part === undefined) return refused('noComponent')
      wipe(part.bytes)
      core.record('componentRejected', { person: name, checkValue: part.checkValue })
      return { kind: 'ok' }
    },
    cancel() {
      if (making === undefined) return refused('noCeremony')
      core.record('keyCancelled', { usage: 'ZMK', algorithm: making.algorithm, detail: making.label })
      drop()
      return { kind: 'ok' }
    },
    generate(label) {
      const why = orderFault(core)
      const { opened } = core
      if (why !== undefined || opened === undefined) return why ?? refused('closed')
      if (making !== undefined) return refused('ceremony')
      if (core.token === undefined) return refused('noToken')
      if (!isLabel(label)) return refused('keyLabel')
      return adopted(opened, { label, algorithm: 'AES' }, () => generateInToken(core, opened.sealKey, label))
    },
  }
}

function orderFault({ opened }: Core): Refused | undefined {
  if (opened === undefined) return refused('closed')
  return opened.auditFault === undefined ? undefined : refused('auditBroken', opened.auditFault)
}

function partFault(
  core: Core,
  { parts, wanted, algorithm, bytes: size }: Making,
  name: string,
  role: Role | undefined,
  bytes: Uint8Array | undefined,
): Refused | undefined {
  if (core.opened === undefined) return refused('closed')
  if (!core.shares.has(name)) return refused('notLoggedIn')
  if (role !== 'custodian') return refused('notCustodian')
  if (parts.some((part) => part.name === name)) return refused('sameCustodian')
  if (parts.length >= wanted) return refused('componentsTyped')
  if (bytes?.length !== size) return refused('componentHex')
  if (isZeroComponent(algorithm, bytes)) return refused('componentZero')
  return parts.some((part) => sameComponent(algorithm, part.bytes, bytes))
    ? refused('componentEqual')
    : undefined
}

/** Parity bits of DES do not count: components that differ in them alone cancel out too. */
function sameComponent(algorithm: ZmkAlgorithm, a: Uint8Array, b: Uint8Array): boolean {
  if (algorithm !== 'TDES') return equalBytes(a, b)
  const normal = [withOddParity(a), withOddParity(b)] as const
  const same = equalBytes(...normal)
  wipe(...normal)
  return same
}

function checkValueOf(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(' ', '')
  return /^([0-9A-Fa-f]{2})+$/.test(digits) ? bytesOfHex(digits) : undefined
}
