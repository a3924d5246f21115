import { same } from '../../host-link/wire/bytes.ts'
import { CODE } from '../../host-link/wire/tms/codes.ts'
import type { ParameterSet } from '../../host-link/wire/tms/parameter-set.ts'
import type { Journal } from '../journal/journal.ts'
import {
  flagOr,
  markTries,
  putInForce,
  revertSet,
  type StandingSet,
  standingSet,
  storedParameters,
  type Values,
} from '../parameter/store.ts'
import { parameterFault, parameterNumbered, parameterRow } from '../parameter/table.ts'
import { PROGRAM } from '../version.ts'
import type { StagedSet } from './updater.ts'

/** Values of a set by name, or the first that the table refuses: its name (`#` and its number where none has it). */
export type Checked =
  | { readonly kind: 'values'; readonly values: Values }
  | { readonly kind: 'wrong'; readonly code: number; readonly name: string }

/** Holds a parameter set 参数集 against the table of parameters, value by value. A set without values is one: the set-up's stand. */
export function checkSet(set: Pick<ParameterSet, 'schema' | 'values'>): Checked {
  if (set.schema > PROGRAM.parameterSchema)
    return { kind: 'wrong', code: CODE.parameterSchema, name: 'schema' }
  const values: { [name: string]: string | number | boolean } = {}
  for (const [number, given] of set.values) {
    const name = parameterNumbered(number)
    if (name === undefined) return { kind: 'wrong', code: CODE.parameterUnknown, name: `#${number}` }
    const value = flagOr(name, given)
    if (parameterFault(name, value) !== undefined) return { kind: 'wrong', code: CODE.parameterValue, name }
    values[name] = value
  }
  return { kind: 'values', values }
}

/** What the rest of the terminal knows when a set is due. */
export interface ParameterMoment {
  /** Unix seconds. */
  readonly now: number
  /** SHA-256 of the program that runs, confirmed. */
  readonly program: Uint8Array
  /** Another program is on its way. */
  readonly programComes: boolean
  /** Nobody is at it, and nothing is owed or half done. */
  readonly safe: boolean
  /** By what the terminal works now where the store says nothing. */
  readonly given: Values
}

/** Why a set was not taken, as in `CODE`; the SHA-256 of its document. */
export interface Refusal {
  readonly code: number
  readonly hash: Uint8Array
}

export type Applied =
  /** `early`: its time has not come; `batch`: a value wants an empty batch; `program`: it needs one that is on its way. */
  | { readonly kind: 'none' | 'early' | 'batch' | 'program' | 'busy' | 'storageFault' }
  | { readonly kind: 'applied'; readonly pseq: number }
  /** Refused for good. Nothing changed. */
  | (Refusal & { readonly kind: 'failed'; readonly pseq: number; readonly name: string })

/**
 * Puts the newest set that is due in force, at once and whole: each is the whole document, so an older one that is due too
 * is passed over. The start after it is a try (`parametersAtStart`).
 */
export function applyDue(journal: Journal, staged: readonly StagedSet[], at: ParameterMoment): Applied {
  const waiting = staged.filter(({ set }) => set.seq > standingSet(journal).pseq)
  const due = waiting.filter(({ set }) => set.effective <= at.now).pop()
  if (due === undefined) return { kind: waiting.length === 0 ? 'none' : 'early' }
  const { set, hash } = due
  const failed = (code: number, name: string): Applied => ({
    kind: 'failed',
    pseq: set.seq,
    hash,
    code,
    name,
  })
  if (set.needsProgram !== null && !same(set.needsProgram, at.program))
    return at.programComes ? { kind: 'program' } : failed(CODE.needsProgram, '')
  const checked = checkSet(set)
  if (checked.kind === 'wrong')
    return checked.code === CODE.parameterSchema && at.programComes
      ? { kind: 'program' }
      : failed(checked.code, checked.name)
  if (!at.safe) return { kind: 'busy' }
  const { values, local } = merged(journal, set, checked.values)
  if (journal.count() > 0 && wantsEmptyBatch(journal, values, at.given)) return { kind: 'batch' }
  const written = putInForce(journal, values, { pseq: set.seq, hash, local, tries: 1 })
  if (written === 'full') return failed(CODE.noSpace, '')
  return written === 'written' ? { kind: 'applied', pseq: set.seq } : { kind: 'storageFault' }
}

/** Policy of a set: what was changed here is written over. */
const OVERWRITE = 1

/** The set's values, under those that were changed here where its policy keeps them. What is the same is no longer local. */
function merged(
  journal: Journal,
  { drift }: ParameterSet,
  given: Values,
): { readonly values: Values; readonly local: readonly string[] } {
  if (drift === OVERWRITE) return { values: given, local: [] }
  const stored = storedParameters(journal)
  const local = standingSet(journal).local.filter((name) => stored[name] !== given[name])
  const values: { [name: string]: string | number | boolean } = { ...given }
  for (const name of local) {
    const value = stored[name]
    if (value === undefined) delete values[name]
    else values[name] = value
  }
  return { values, local }
}

/** Whether a value changes that what is in the batch was made under. */
function wantsEmptyBatch(journal: Journal, values: Values, given: Values): boolean {
  const stored = storedParameters(journal)
  return Object.keys({ ...stored, ...values }).some((name) => {
    const row = parameterRow(name)
    const initial = given[name] ?? row?.kind.initial
    return row?.emptyBatch === true && (values[name] ?? initial) !== (stored[name] ?? initial)
  })
}

/** Starts with a set that has not been confirmed, at most: then what stood before it comes back. */
export const SET_TRIES_MAX = 3

/**
 * At every start, before the values are read: counts a try of a set that is not confirmed, and takes back one that had its
 * tries. The set that was taken back; undefined where none was.
 */
export function parametersAtStart(journal: Journal): StandingSet | undefined {
  const standing = standingSet(journal)
  const { tries } = standing
  if (tries === 0) return undefined
  if (tries <= SET_TRIES_MAX) {
    markTries(journal, tries + 1)
    return undefined
  }
  return revertSet(journal) === 'written' ? standing : undefined
}

/** The terminal stands ready with the set: its start went well. */
export function confirmParameters(journal: Journal): void {
  if (standingSet(journal).tries > 0) markTries(journal, 0)
}
