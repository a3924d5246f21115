import type { AnswerOf, CallName } from '../api.ts'
import type { ServicePolicy } from '../api-people.ts'
import type { AuditEvent } from '../audit.ts'
import type { Done, Refused } from '../model.ts'
import type { TmsStore } from '../store.ts'
import { ApiFault, type Question } from './api-input.ts'
import type { AuditEntry } from './audit-log.ts'
import type { Query, TmsDatabase } from './database.ts'
import type { PasswordQueue } from './password-queue.ts'
import type { Identity } from './people-sessions.ts'
import type { Signers } from './signers.ts'

/** What the API is made of; what it does not decide itself. */
export interface ApiOptions {
  readonly tenant: string
  readonly version: string
  readonly policy: ServicePolicy
  /** N of scrypt for passwords. */
  readonly scryptCost: number
  /** Unix seconds. */
  readonly now: () => number
  readonly signers: Signers
  /** The first root document, which terminals have from the factory: releases are judged by the newest one. */
  readonly factoryRoot: Uint8Array
  /** Whose broker it is: on another's, a terminal that is retired stays connected until that one reads its files anew. */
  readonly broker: 'own' | 'other'
}

/** What one request has, inside its transaction where it changes something. */
export interface Face {
  readonly options: ApiOptions
  readonly database: TmsDatabase
  readonly store: TmsStore
  readonly query: Query
  readonly who: Identity
  readonly now: number
  /** Records what is done, in the same transaction. */
  audit(event: AuditEvent, subject: string, detail?: AuditEntry['detail']): Promise<void>
  /** Gives the browser the secret of its session, or takes it away. */
  cookie(secret: string | undefined): void
  /** Terminals are to be told at once, after the transaction. */
  wake(): void
  /** The connection of this terminal is to end, after the transaction. */
  disconnect(serial: string): void
}

/** A request as it came, before anything was read or written. */
export interface Asked {
  /** What stands for `{}` in the path. */
  readonly path: string
  readonly question: (names: readonly string[]) => Question
  readonly body: unknown
  readonly bytes: Uint8Array
  readonly options: ApiOptions
  readonly database: TmsDatabase
  readonly now: number
  readonly passwords: PasswordQueue
  /** Whom its passwords are counted to (`addressKey`). */
  readonly address: string
  /** Undefined only for the log-in. */
  readonly who: Identity | undefined
}

/** Does the work of a request, in one transaction; it may be run twice, and awaits nothing but queries. */
export type Work<Name extends CallName> = (face: Face) => Promise<AnswerOf<Name>>

/** Reads a request, and does what is slow (passwords), before the transaction begins. */
export type Handler<Name extends CallName> = (asked: Asked) => Work<Name> | Promise<Work<Name>>
export type Handlers<Names extends CallName> = { readonly [Name in Names]: Handler<Name> }

/** Throws what a store refused as an answer. */
export function accepted<Result extends { readonly kind: string }>(
  result: Result | Done | Refused,
): Exclude<Result, Refused> | Done {
  if (result.kind === 'refused' && 'why' in result)
    throw new ApiFault(/second person/.test(result.why) ? 'secondPerson' : 'refused', sentenceOf(result.why))
  return result as Exclude<Result, Refused>
}

const sentenceOf = (why: string): string => `${why.charAt(0).toUpperCase()}${why.slice(1)}.`

export function notFound(what: string): ApiFault {
  return new ApiFault('notFound', `There is no such ${what}.`)
}

/** `reason` of many requests: 1 to 200 characters. */
export const REASON_MAX = 200
