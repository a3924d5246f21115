import { bytesOfHex } from '../wire/bytes.ts'
import { COMMAND } from '../wire/tms/command.ts'
import { type Signer, sealEnvelope } from '../wire/tms/envelope.ts'
import { BLOCK_BYTES_MAX, encodeOrder, type Order, type OrderPolicy } from '../wire/tms/order.ts'
import type { Command, Policy, Target } from './model.ts'
import type { ReportFacts } from './progress.ts'
import { targetStates } from './states.ts'

/** What one terminal is to have: the newest program, and the parameter sets for now and for times ahead. */
export interface Desired {
  readonly program: (Target & { readonly policy: Policy }) | undefined
  /** By number, 3 at most: each comes into force after the one before. */
  readonly parameters: readonly RankedTarget[]
  /** Oldest first, 8 at most. */
  readonly commands: readonly Command[]
}

/** A target with its deployment's rank and policy. */
export interface RankedTarget extends Target {
  readonly rank: number
  readonly policy: Policy
  /** Its deployment is paused 暂停: nobody new is told, and downloads stop. */
  readonly paused: boolean
  /** Of a parameter set its number and from when on it counts (Unix seconds, 0: at once); 0 of a program. */
  readonly pseq: number
  readonly effective: number
}

/**
 * The newest program that has been begun; older ones are history. It is offered while its state says so: one
 * that was cancelled offers nothing, and what it had superseded does not come back.
 */
export function newestProgram(targets: readonly RankedTarget[]): RankedTarget | undefined {
  return targets
    .filter((target) => target.kind === 'program' && target.state !== 'waiting')
    .reduce<RankedTarget | undefined>(
      (best, target) => (best === undefined || target.rank > best.rank ? target : best),
      undefined,
    )
}

/** Parameter sets that have been begun, by number. Those that a newer one makes useless are `superseded`. */
export function begunSets(targets: readonly RankedTarget[]): readonly RankedTarget[] {
  return targets
    .filter((target) => target.kind === 'parameters' && target.state !== 'waiting')
    .sort((a, b) => a.pseq - b.pseq || a.rank - b.rank)
}

/**
 * Of the parameter sets of a terminal those of which a report can say something new, when it says that `inForce` stands: all
 * that are open; and of those that are over the newest, unless a newer one stands already.
 */
export function reportedSets(targets: readonly RankedTarget[], inForce: string): readonly RankedTarget[] {
  const begun = begunSets(targets)
  const [last] = begun.filter(({ state }) => targetStates[state].end !== 'open').slice(-1)
  const isPast = begun.some((one) => one.object === inForce && last !== undefined && one.pseq > last.pseq)
  return begun.filter((target) => targetStates[target.state].end === 'open' || (target === last && !isPast))
}

/** Of a deployment that is paused nothing is offered; a terminal that is about to start the program, or tries it, goes on. */
function isOffered({ state, paused }: RankedTarget): boolean {
  return targetStates[state].offered && (!paused || state === 'armed' || state === 'trial')
}

export function desiredOf(targets: readonly RankedTarget[], commands: readonly Command[]): Desired {
  const newest = newestProgram(targets)
  return {
    program: newest !== undefined && isOffered(newest) ? newest : undefined,
    parameters: begunSets(targets).filter(isOffered).slice(0, PARAMETER_SETS_MAX),
    commands: commands.slice(0, 8),
  }
}

/** It fetches, or keeps for its hour, what it is not to have any more: the order that says so did not reach it. */
export function isStray(
  targets: readonly RankedTarget[],
  { download, offered }: Pick<ReportFacts, 'download' | 'offered'>,
): boolean {
  const open = download === 'receiving' || download === 'verified'
  return open && offered !== desiredOf(targets, []).program?.object
}

export interface OrderTerms {
  readonly tenant: string
  readonly serial: string
  /** Of the last hello, 16 hex digits. */
  readonly nonce: string
  readonly orderNo: number
  readonly now: number
  readonly blockMax: number
  readonly windowMax: number
  readonly source: number
}

/** An order is good for so long after it was signed, seconds. */
export const ORDER_SECONDS = 86_400
export const WINDOW_BYTES_MAX = 65_536
/** Of one order (`wire/tms/order.ts`). */
const PARAMETER_SETS_MAX = 3

const NO_POLICY: OrderPolicy = {
  ...{ earliest: 0, windowFrom: 0, windowTo: 0, deadline: 0, deferrals: 0 },
  ...{ allowOpenBatch: false, automatic: false },
}

/** 指令, signed by the director. */
export function signedOrder(desired: Desired, terms: OrderTerms, director: Signer): Uint8Array {
  return sealEnvelope('director', encodeOrder(orderOf(desired, terms)), [director])
}

function orderOf({ program, parameters, commands }: Desired, terms: OrderTerms): Order {
  return {
    tenant: terms.tenant,
    seq: terms.orderNo,
    created: terms.now,
    expires: terms.now + ORDER_SECONDS,
    serial: terms.serial,
    nonce: bytesOfHex(terms.nonce),
    program: program
      ? { hash: bytesOfHex(program.object), size: program.size, order: program.orderNo }
      : null,
    parameterSets: parameters.map(({ object, size }) => ({ hash: bytesOfHex(object), size })),
    policy: program?.policy ?? parameters[0]?.policy ?? NO_POLICY,
    commands: commands.map(({ id, kind, argument }) => ({ id, kind: COMMAND[kind], argument })),
    transfer: {
      blockMax: Math.min(terms.blockMax, BLOCK_BYTES_MAX),
      windowMax: terms.windowMax,
      source: terms.source,
    },
  }
}

/**
 * What of an order decides whether it is a new one: with the same text a terminal is told the same order again, under the same
 * number. Re-sending costs it nothing then.
 */
export function desiredText({ program, parameters, commands }: Desired): string {
  return JSON.stringify([
    program && [program.object, program.deployment, program.queuedAt, program.policy],
    parameters.map(({ object, deployment, policy }) => [object, deployment, policy]),
    commands.map(({ id }) => id),
  ])
}
