import { choiceWords } from '../parameter/choice-words.ts'
import { ADMINISTRATOR } from '../parameter/operators.ts'
import { storedParameters, storeParameters } from '../parameter/store.ts'
import { parameterFault, parameterNames, parameterRow } from '../parameter/table.ts'
import type { Pos } from '../pos.ts'
import { askDigits, notice } from '../screen/input.ts'
import { chooseFrom } from '../screen/menu.ts'
import { t } from '../screen/page.ts'
import { askPassword } from './step/approval.ts'

/** 参数设置: the administrator looks at every parameter, by its number, and changes those that are the merchant's to change. */
export async function parameterSettings(pos: Pos): Promise<void> {
  const title = t(pos, 'parameters')
  const allowed = await askPassword(pos, title, ADMINISTRATOR, t(pos, 'askAdministrator'))
  if (allowed.kind !== 'right') return
  let changed = false
  for (;;) {
    const lines = parameterNames.map(
      (name) => `${parameterRow(name)?.number} ${label(pos, name)} ${shown(pos, name)}`,
    )
    const asked = await askNumber(pos, title, lines)
    if (asked === undefined) break
    if (await change(pos, asked)) changed = true
  }
  if (!changed) return
  await notice(pos, title, [t(pos, 'downloaded'), t(pos, 'restarting')], 2)
  pos.device.info.restart()
}

/** The list, then a number from it; undefined when the administrator leaves. */
async function askNumber(pos: Pos, title: string, lines: readonly string[]): Promise<string | undefined> {
  await notice(pos, title, lines, 120)
  for (let fault: { readonly fault?: string } = {}; ; fault = { fault: t(pos, 'parameterWrong') }) {
    const answer = await askDigits(pos, { title, label: t(pos, 'askParameter'), min: 1, max: 3, ...fault })
    if (answer.kind !== 'digits') return undefined
    const name = parameterNames.find((candidate) => parameterRow(candidate)?.number === Number(answer.digits))
    if (name !== undefined) return name
  }
}

/** Shows one parameter and takes a new value for it. True: stored. */
async function change(pos: Pos, name: string): Promise<boolean> {
  const row = parameterRow(name)
  if (row === undefined) return false
  const title = label(pos, name)
  const now = shown(pos, name)
  if (row.changedBy === 'acquirer' || row.kind.type === 'text') {
    await notice(pos, title, [now, t(pos, 'acquirerOnly')], 30)
    return false
  }
  if (row.emptyBatch && pos.journal.count() > 0) {
    await notice(pos, title, [now, t(pos, 'settleFirst')], 30)
    return false
  }
  const value = await ask(pos, name, title, now)
  if (value === undefined || parameterFault(name, value) !== undefined) return false
  const stored = storeParameters(pos.journal, { ...storedParameters(pos.journal), [name]: value })
  if (stored !== 'written')
    await notice(pos, title, [t(pos, stored === 'full' ? 'batchFull' : 'storageFault')])
  return stored === 'written'
}

async function ask(
  pos: Pos,
  name: string,
  title: string,
  now: string,
): Promise<string | number | boolean | undefined> {
  const kind = parameterRow(name)?.kind
  if (kind?.type === 'flag') {
    const chosen = await chooseFrom(pos, title, [t(pos, 'yes'), t(pos, 'no')], [now])
    return chosen.kind === 'chosen' ? chosen.index === 0 : undefined
  }
  if (kind?.type === 'choice') {
    const words = kind.choices.map((value) => choiceWord(pos, value))
    const chosen = await chooseFrom(pos, title, words, [now])
    return chosen.kind === 'chosen' ? kind.choices[chosen.index] : undefined
  }
  if (kind?.type !== 'count') return undefined
  const rule = `${kind.min}-${kind.max}`
  for (let fault: { readonly fault?: string } = {}; ; fault = { fault: rule }) {
    const answer = await askDigits(pos, { title, label: now, min: 1, max: 12, rule, ...fault })
    if (answer.kind !== 'digits') return undefined
    if (parameterFault(name, Number(answer.digits)) === undefined) return Number(answer.digits)
  }
}

/** The value that counts from the next start on. */
function shown(pos: Pos, name: string): string {
  const given = { ...pos.device.info.setup().parameters, ...storedParameters(pos.journal) }
  const value = given[name] ?? parameterRow(name)?.kind.initial
  if (typeof value === 'boolean') return t(pos, value ? 'yes' : 'no')
  return parameterRow(name)?.kind.type === 'choice'
    ? choiceWord(pos, String(value))
    : String(value).slice(0, 40)
}

/** What the operator reads for a value of a choice. */
function choiceWord(pos: Pos, value: string): string {
  return choiceWords[value]?.[pos.session.locale === 'zh' ? 0 : 1] ?? value
}

function label(pos: Pos, name: string): string {
  return parameterRow(name)?.[pos.session.locale] ?? name
}
