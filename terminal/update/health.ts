import { CODE, type Code } from '../../host-link/wire/tms/codes.ts'
import { COUNTER_FLOOR, NO_SCOPE } from '../boot/floor.ts'
import type { Device } from '../device/device.ts'
import type { Pos } from '../pos.ts'
import { showPage, t } from '../screen/page.ts'
import { PROGRAM } from '../version.ts'
import { noteOf } from './activate.ts'
import { hostAnswers } from './echo.ts'
import type { UpdateProgram } from './program.ts'

/** Times that the host is asked during a trial: one that does not answer at all proves nothing. */
const ECHOES_MAX = 2

/**
 * 试运行自检: at the start of a program on trial, before anything is traded. Confirms it, or goes back to the program before
 * and restarts. Does nothing where no program is on trial. Without `updates` it is the program built in that runs.
 */
export async function judgeTrial(pos: Pos, updates: UpdateProgram | undefined): Promise<void> {
  const { device } = pos
  const { trial, place } = device.slots.running()
  if (updates === undefined) {
    if (place === 'factory') raiseCounterFloor(device, device.slots.factory())
    return
  }
  if (!trial) return raiseCounterFloor(device, updates.readBoot(device).active)
  showPage(pos, {
    title: t(pos, 'softwareUpdate'),
    lines: [{ text: t(pos, 'updateTrial'), align: 'centre' }],
  })
  const code = await healthOf(pos, updates.readBoot(device).note)
  if (code !== CODE.ok) return goBack(device, updates, code)
  // Another try, or the program before, comes with the next start.
  if (updates.confirm(device) !== 'written') device.info.restart()
  raiseCounterFloor(device, updates.readBoot(device).active)
}

/** A program on trial that cannot even begin: `code` is why. Does nothing where none is on trial. */
export function giveUpTrial(device: Device, updates: UpdateProgram | undefined, code: Code): void {
  if (updates !== undefined && device.slots.running().trial) goBack(device, updates, code)
}

function goBack(device: Device, updates: UpdateProgram, code: Code): void {
  updates.revert(device, code)
  device.info.restart()
}

/** Only what is confirmed raises it, so that a trial can go back; at every start, so that a cut in between is made good. */
function raiseCounterFloor({ secure }: Device, { counter }: { readonly counter: number }): void {
  if (counter > secure.floor(COUNTER_FLOOR, NO_SCOPE)) secure.raiseFloor(COUNTER_FLOOR, counter, NO_SCOPE)
}

/**
 * 0, or what is not as it must be. The parameters were read before; the journal is open. `note`: of the arming, without
 * its second half where the program before could not read the journal.
 */
async function healthOf(pos: Pos, note: Uint8Array): Promise<Code> {
  const { device, journal } = pos
  const now = noteOf(pos, false)
  const differs = (from: number, to: number) => {
    for (let at = from; at < to && (at < 16 || at < note.length); at++) if (note[at] !== now[at]) return true
    return false
  }
  const { tampered, damaged } = device.secure.slot(pos.setup.keySlot)
  if (tampered || damaged || differs(1, 16)) return CODE.healthKeys
  if (differs(16, 32)) return CODE.healthBatch
  // A batch stands in the layout that this program writes; an empty one is brought to it.
  if (journal.count() > 0 && journal.format() !== PROGRAM.journalWrites) return CODE.healthJournal
  if (!(await partsAnswer(device))) return CODE.healthSelfTest
  return (await hostHeard(pos, note[0] === 1)) ? CODE.ok : CODE.malformed
}

/** Screen, paper, keys, reader, chance and charset answer as they should, without a person. */
async function partsAnswer({ display, printer, keypad, reader, secure, charset }: Device): Promise<boolean> {
  const { columns, rows } = display.size()
  const paper = printer.paper()
  const key = await keypad.next(0)
  const card = await reader.wait(0)
  return (
    columns >= 16 &&
    rows >= 4 &&
    printer.columns() >= 24 &&
    (paper === 'ok' || paper === 'out') &&
    ['timeout', 'key'].includes(key.kind) &&
    ['timeout', 'stripe', 'unreadable'].includes(card.kind) &&
    secure.random(8).length === 8 &&
    charset.decodeGbk(charset.encodeGbk('升级')) === '升级'
  )
}

/** False only where a host that answered the program before says something that this one cannot read. */
async function hostHeard(pos: Pos, answeredBefore: boolean): Promise<boolean> {
  for (let echo = 1; echo <= ECHOES_MAX; echo++) {
    const heard = await hostAnswers(pos)
    if (heard === 'answered') return true
    if (heard === 'garbled' && answeredBefore && echo === ECHOES_MAX) return false
  }
  return true
}
