import type { Action, UserRole } from './access.ts'
import type { AuditEvent } from './audit.ts'

/** What the HTTP API says about people, tokens, the audit and figures. Times are Unix seconds. */

export interface Me {
  readonly name: string
  readonly role: UserRole
  readonly actions: readonly Action[]
  /** Of a session: when it ends if nothing is asked; of a token: when it expires. */
  readonly until: number
  readonly by: 'session' | 'token'
  readonly tenant: string
  /** The password was given by an administrator: nothing else works before it is changed. */
  readonly mustChange: boolean
  readonly policy: ServicePolicy
  readonly version: string
  /** Whose broker it is: on another's, who is retired or has a new password stays connected until that reads its files anew. */
  readonly broker: 'own' | 'other'
}

/** What the service was told at its start. Releases and deployments of programs always want a second person. */
export interface ServicePolicy {
  /** 双人复核 of parameters: always, where more than one terminal has the layer, or never. */
  readonly parameters: 'always' | 'shared' | 'never'
  /** 本地修改: what was changed at a terminal stays when a set is applied, or is written over. */
  readonly drift: 'keep' | 'overwrite'
}

export interface UserView {
  readonly name: string
  readonly role: UserRole
  readonly state: 'active' | 'disabled' | 'locked'
  readonly lockedUntil?: number
  readonly createdAt: number
  readonly lastLogIn?: number
  readonly tokens: number
}

export interface TokenView {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly role: UserRole
  readonly createdAt: number
  readonly expires: number
  readonly lastUsed?: number
  readonly state: 'active' | 'expired' | 'revoked'
}

/** The token itself is in this answer and nowhere else. */
export interface NewToken {
  readonly view: TokenView
  readonly token: string
}

/** 审计: one record of the chain. */
export interface AuditView {
  readonly number: number
  readonly time: number
  readonly who: string
  /** A token's name where one was used. */
  readonly token?: string
  readonly event: AuditEvent
  readonly subject: string
  readonly zh: string
  readonly en: string
  readonly detail: { readonly [name: string]: unknown }
  readonly hash: string
}

export type AuditVerdictView =
  | { readonly kind: 'whole'; readonly records: number; readonly head: string }
  | { readonly kind: 'broken'; readonly record: number; readonly why: string }

export interface VersionSpread {
  /** What runs, by version and model, most first. */
  readonly rows: readonly {
    readonly version: string
    readonly model: string
    readonly terminals: number
    readonly online: number
  }[]
  readonly terminals: number
}

/** 失败分布: most first. */
export interface FailureRow {
  readonly code: number
  readonly model: string
  readonly version: string
  readonly state: 'failed' | 'reverted' | 'refused'
  readonly terminals: number
  readonly examples: readonly string[]
}

export interface SilentRow {
  readonly serial: string
  readonly merchant?: string
  readonly store?: string
  readonly model: string
  readonly lastSeen?: number
  readonly days: number
  readonly batchOpen?: boolean
}

/** Figures at the head of the page. */
export interface Overview {
  readonly terminals: number
  readonly online: number
  readonly silent: number
  readonly drift: number
  readonly running: number
  readonly paused: number
  readonly waitingApproval: number
  readonly time: number
}
