import { asPan, type Pan } from '../../../host-link/wire/values.ts'
import type { Pos } from '../../pos.ts'
import { askDigits, type Left, notice } from '../../screen/input.ts'
import { showPage, t } from '../../screen/page.ts'
import { type Card, cardOf, cardOrKey, luhn, luhnExempt } from './card.ts'

const TRIES = 3

/**
 * 转入卡: the card to be credited, swiped, or its number typed twice: a wrong digit would give the money to somebody else. Never
 * the card that pays.
 */
export async function readTarget(
  pos: Pos,
  title: string,
  source: Card,
): Promise<{ readonly kind: 'target'; readonly pan: Pan } | Left | { readonly kind: 'refused' }> {
  let note = t(pos, 'hintCancel')
  for (let attempt = 0; attempt < TRIES; attempt++) {
    showPage(pos, { title, lines: [{ text: t(pos, 'askTarget'), align: 'centre' }], hint: note })
    const result = await cardOrKey(pos, true)
    if (result === 'cancel') return { kind: 'cancelled' }
    if (typeof result === 'string') return typeTwice(pos, title, source, result)
    if (result.kind === 'timeout') return { kind: 'timeout' }
    if (result.kind === 'busy' || result.kind === 'cancelled') return { kind: 'cancelled' }
    const card = result.kind === 'stripe' ? cardOf(pos, result) : 'swipeAgain'
    if (typeof card !== 'string') return checked(pos, title, source, card.pan)
    if (card !== 'swipeAgain') {
      await notice(pos, title, [t(pos, card)])
      return { kind: 'refused' }
    }
    note = t(pos, 'swipeAgain')
  }
  await notice(pos, title, [t(pos, 'cardUnreadable')])
  return { kind: 'refused' }
}

async function typeTwice(pos: Pos, title: string, source: Card, first: string) {
  let initial = first
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const ask = { title, min: 13, max: 19, card: true }
    const once = await askDigits(pos, { ...ask, label: t(pos, 'targetNumber'), initial })
    if (once.kind !== 'digits') return once
    const again = await askDigits(pos, { ...ask, label: t(pos, 'targetAgain') })
    if (again.kind !== 'digits') return again
    if (once.digits === again.digits) return checked(pos, title, source, once.digits)
    await notice(pos, title, [t(pos, 'numbersDiffer')], 2)
    initial = ''
  }
  return { kind: 'refused' } as const
}

async function checked(pos: Pos, title: string, source: Card, digits: string) {
  const fault =
    digits === source.pan ? 'sameCard' : luhnExempt(pos, digits) || luhn(digits) ? undefined : 'cardInvalid'
  if (fault === undefined) return { kind: 'target', pan: asPan(digits) } as const
  await notice(pos, title, [t(pos, fault)])
  return { kind: 'refused' } as const
}
