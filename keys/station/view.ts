import { daysUntil } from './certificate-days.ts'
import type { Core } from './core.ts'
import { auditPublicKey, idleEndsMs } from './session.ts'
import type { StationView } from './station.ts'

/** What keeps a station from giving keys. */
export function missing({ opened, nowMs }: Core): StationView['missing'] {
  if (opened === undefined) return ['people']
  const { identity } = opened
  return [
    // Terminals turn an expired certificate away.
    ...(identity === undefined || daysUntil(identity.view.notAfter, nowMs()) < 0
      ? (['identity'] as const)
      : []),
    ...(opened.zmk === undefined ? (['zmk'] as const) : []),
    ...(opened.auditFault !== undefined ? (['audit'] as const) : []),
  ]
}

/** Everything a page may show. */
export function viewOf(
  core: Core,
  who: Pick<StationView, 'people' | 'state'>,
  making: StationView['ceremony'],
  ways: StationView['lines'],
  counts: StationView['counts'],
): StationView {
  const { opened, token, limits } = core
  const { number: records, hash: head } = core.log.last()
  const publicKey = auditPublicKey(core)
  const identity = opened?.identity?.view
  const broken = opened === undefined ? core.auditFault : opened.auditFault
  return {
    ...who,
    ...{ counts, lines: ways, missing: missing(core) },
    ...(opened && {
      session: {
        openedMs: opened.openedMs,
        idleEndsMs: idleEndsMs(core),
        totalEndsMs: opened.openedMs + limits.totalMs,
      },
    }),
    ...(identity && { identity: { ...identity, daysLeft: daysUntil(identity.notAfter, core.nowMs()) } }),
    ...(opened?.zmk && { zmk: zmkView(opened.zmk) }),
    ...(token && { token: { label: token.label, module: token.module } }),
    ...(making && { ceremony: making }),
    audit: {
      ...{ records, head, signedUpTo: core.log.signedUpTo() },
      ...(publicKey !== undefined && { publicKey }),
      state: broken !== undefined ? 'broken' : opened === undefined ? 'unchecked' : 'whole',
      ...(broken !== undefined && { broken }),
    },
  }
}

function zmkView({
  label,
  algorithm,
  bytes,
  checkValue,
  place,
  made,
  tokenKey,
}: NonNullable<StationView['zmk']>) {
  return { label, algorithm, bytes, checkValue, place, made, ...(tokenKey !== undefined && { tokenKey }) }
}
