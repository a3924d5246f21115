import type { RenewResult, SlotState } from '../device/secure.ts'
import { type KeyFault, keyFault } from '../host/master-key.ts'
import { signedOnToday } from '../host/sign-on.ts'
import type { Pos } from '../pos.ts'
import { watchCancelKey } from '../screen/cancel-key.ts'
import { notice } from '../screen/input.ts'
import { type Line, showPage, t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { supervisorApproval } from './step/approval.ts'
import { readinessLines } from './step/online.ts'

/** For the channel, the host's books and its answer; a slow line has time, a dead one does not hold the till. */
const RENEW_MS = 60_000
const SLOTS = 10

/** The supervisor says yes; where the secure element is damaged no password is right, and nobody is asked. */
async function isApproved(pos: Pos, title: string): Promise<boolean> {
  const fault = keyFault(pos)
  if (fault !== 'secureDamaged') return (await supervisorApproval(pos, title)).kind === 'approved'
  await notice(pos, title, faultLines(pos, fault))
  return false
}

function faultLines(pos: Pos, why: KeyFault): Line[] {
  return readinessLines(pos, { kind: 'noKeys', why })
}

/** 密钥注入: the secure element asks, loads, and says how it ended. */
export async function injectKeys(pos: Pos): Promise<void> {
  const title = t(pos, 'injectKeys')
  if (!(await isApproved(pos, title))) return
  await pos.device.secure.inject({ locale: pos.session.locale })
  pos.session.signedOn = signedOnToday(pos) // a new master key has no working keys: the next need signs on
}

/** 远程密钥下载: the new key replaces the old one whole or not at all; what is owed stays owed (K07). */
export async function renewKey(pos: Pos): Promise<void> {
  const title = t(pos, 'renewKey')
  if (!(await isApproved(pos, title))) return
  const fault = keyFault(pos)
  if (fault !== undefined) return notice(pos, title, faultLines(pos, fault))
  showPage(pos, {
    title,
    lines: [{ text: t(pos, 'connecting'), align: 'centre' }],
    hint: t(pos, 'hintCancel'),
  })
  const renewing = pos.device.secure.renewMaster(pos.setup.keySlot, RENEW_MS)
  const cancelKey = watchCancelKey(pos)
  const first = await Promise.race([renewing, cancelKey.pressed])
  if (first === 'cancel') pos.device.secure.cancel()
  const result = await renewing
  await cancelKey.stop()
  pos.session.signedOn = signedOnToday(pos)
  await notice(pos, title, renewLines(pos, result), 60)
}

function renewLines(pos: Pos, result: RenewResult): Line[] {
  if (result.kind === 'renewed') return [t(pos, 'keyRenewed'), result.checkValue]
  const fault = keyFault(pos)
  if (fault !== undefined) return faultLines(pos, fault)
  const why = 'why' in result ? [t(pos, whyTexts[result.why] ?? 'keyRejected')] : []
  return [t(pos, endTexts[result.kind] ?? 'keyFailed'), ...why, t(pos, 'keyStays')]
}

/** 密钥校验: the check values of every slot that has keys, to be held against the station's list. */
export async function showKeyValues(pos: Pos): Promise<void> {
  const title = t(pos, 'keyValues')
  if (!(await isApproved(pos, title))) return
  const lines: string[] = []
  for (let number = 0; number < SLOTS; number++)
    lines.push(...slotLines(number, pos.device.secure.slot(number)))
  await notice(pos, title, lines.length > 0 ? lines : faultLines(pos, keyFault(pos) ?? 'noMasterKey'), 60)
}

function slotLines(number: number, state: SlotState): string[] {
  const { masterKey, staged, pinKey, macKey, trackKey } = state
  const parts = { TMK: masterKey, NEW: staged, PIK: pinKey, MAK: macKey, TDK: trackKey }
  return Object.entries(parts).flatMap(([name, value]) => (value ? [`${number} ${name} ${value}`] : []))
}

// biome-ignore format: one row an end; others are `keyFailed`
const endTexts: { readonly [end: string]: TextKey } = {
  noIdentity: 'noIdentity',
  noLine:     'noLine',
  timeout:    'timedOut',
  refused:    'keyRefused',
}

// biome-ignore format: one row a word of the load protocol, the channel and the line; others are faults of the key
const whyTexts: { readonly [why: string]: TextKey } = {
  notExpected:   'keyNotOrdered',
  unknownSerial: 'keySerialUnknown',
  alreadyLoaded: 'keyAlreadyLoaded',
  notNow:        'keyNotOrdered',
  keyFault:      'callService',
  line:          'lineLost',
  identity:      'keyNotTrusted',
  message:       'keyNotTrusted',
  storage:       'storageFault',
}
