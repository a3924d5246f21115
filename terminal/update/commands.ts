import { decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { CODE } from '../../host-link/wire/tms/codes.ts'
import { COMMAND, type MessageArgument } from '../../host-link/wire/tms/command.ts'
import type { Command } from '../../host-link/wire/tms/order.ts'
import type { CommandResult } from '../../host-link/wire/tms/report.ts'
import { keepMessage, REMOTE_FIRST, TEXT_BYTES_MAX } from '../parameter/service-messages.ts'
import type { Pos } from '../pos.ts'
import { logExcerpt, publishLog } from './log-excerpt.ts'
import type { UpdateProgram } from './program.ts'
import { keepLock } from './remote-lock.ts'

/** Setting: which commands were done, and what they gave while the service may not know it: CBOR `[highest, [id, code, bytes] …]`. */
const SETTING_COMMANDS = 32
const SETTING_BYTES_MAX = 200

/** Not done yet: an inspection waits for a person, a log for a line. It comes again with the next order. */
const LATER = -1

/**
 * 远程命令: does the commands of an order that were not done, in their order, each once also over a power cut: what one does
 * twice is the same as once, and then it counts as done. Kinds that are not in the list below are refused. A result is
 * reported until an order comes without its command.
 */
export function doCommands(pos: Pos, list: readonly Command[], updates: UpdateProgram): void {
  const before = keptCommands(pos)
  let { highest } = before
  const results = before.results.filter(({ id }) => list.some((command) => command.id === id))
  const { inspection } = pos.session.download
  if (inspection !== undefined && !list.some(({ id }) => id === inspection.id))
    pos.session.download.inspection = undefined // withdrawn
  let news = results.length < before.results.length
  for (const command of list) {
    if (command.id <= highest && !isWaiting(command, results)) continue
    const code = perform(pos, command, updates)
    if (code === LATER) {
      highest = Math.max(highest, command.id)
      continue
    }
    results.push({ id: command.id, code, bytes: new Uint8Array(0) })
    highest = Math.max(highest, command.id)
    keep(pos, highest, results)
    news = false
  }
  if (news || highest > before.highest) keep(pos, highest, results)
  if (results.length > 0) pos.update?.report()
  // What a command changed is shown at once, not with the next look at the clock.
  if (highest > before.highest && pos.session.download.idles) pos.device.keypad.cancel()
}

/** Below the highest, and yet without a result: only those that wait are. */
function isWaiting({ id, kind }: Command, results: readonly CommandResult[]): boolean {
  return (kind === COMMAND.inspection || kind === COMMAND.log) && !results.some((result) => result.id === id)
}

/** What was done and may not be known to the service yet. */
export function commandResults(pos: Pos): readonly CommandResult[] {
  return keptCommands(pos).results
}

/** A command that waited has been done. `bytes`: at most 100. */
export function finishCommand(pos: Pos, id: number, code: number, bytes: Uint8Array): void {
  const { highest, results } = keptCommands(pos)
  if (!results.some((result) => result.id === id)) keep(pos, highest, [...results, { id, code, bytes }])
  pos.update?.report()
}

function perform(pos: Pos, { id, kind, argument }: Command, updates: UpdateProgram): number {
  switch (kind) {
    case COMMAND.message:
      return taken(updates.message(argument), (message) => keepText(pos, message))
    case COMMAND.lock:
      return taken(updates.lock(argument), (why) => kept(keepLock(pos, why)))
    case COMMAND.unlock:
      return kept(keepLock(pos, undefined))
    case COMMAND.log:
      return taken(updates.log(argument), ({ bytes }) =>
        publishLog(pos, id, logExcerpt(pos, bytes)) ? CODE.ok : LATER,
      )
    case COMMAND.report:
      pos.update?.report()
      return CODE.ok
    case COMMAND.inspection:
      return taken(updates.inspection(argument), ({ plan }) => {
        pos.session.download.inspection = { id, plan }
        return LATER
      })
    default:
      return CODE.notForMe
  }
}

function taken<T>(argument: T | undefined, then: (argument: T) => number): number {
  return argument === undefined ? CODE.malformed : then(argument)
}

function kept(good: boolean): number {
  return good ? CODE.ok : CODE.flashFault
}

function keepText(pos: Pos, { number, zh, en }: MessageArgument): number {
  const bytes = pos.device.charset.encodeGbk(pos.session.locale === 'zh' ? zh : en)
  if (bytes.length > TEXT_BYTES_MAX) return CODE.noSpace
  const { year, month, day } = pos.device.clock.now()
  const date = String(year * 10_000 + month * 100 + day)
  const text = String.fromCharCode(...bytes)
  return kept(keepMessage(pos, { number: REMOTE_FIRST + number, date, text }) === 'written')
}

interface Kept {
  /** Ids rise: all up to this one were looked at. */
  readonly highest: number
  readonly results: readonly CommandResult[]
}

function keptCommands(pos: Pos): Kept {
  const bytes = pos.journal.setting(SETTING_COMMANDS)
  if (bytes === undefined) return { highest: -1, results: [] }
  const [highest, ...rows] = decodeCbor(bytes) as readonly [number, ...Row[]] // as `keep` wrote it
  return { highest, results: rows.map(([id, code, given]) => ({ id, code, bytes: given })) }
}

type Row = readonly [id: number, code: number, bytes: Uint8Array]

/** Where there is no room for all, what the oldest gave goes first, then the oldest: the service asks again. */
function keep(pos: Pos, highest: number, results: readonly CommandResult[]): void {
  let rows = results.map(({ id, code, bytes }): Row => [id, code, bytes])
  while (encodeCbor([highest, ...rows]).length > SETTING_BYTES_MAX) rows = rows.slice(1)
  pos.journal.set(SETTING_COMMANDS, encodeCbor([highest, ...rows]))
}
