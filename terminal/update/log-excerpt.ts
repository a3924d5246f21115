import { bytesOfText } from '../../host-link/wire/bytes.ts'
import { encodeCbor } from '../../host-link/wire/cbor.ts'
import { decodeIntent, decodeOutcome } from '../journal/body.ts'
import type { Pos } from '../pos.ts'
import { VERSION } from '../version.ts'

/** A piece of a log on its way. */
const CHUNK_BYTES = 4_096

/**
 * 日志 for the service: what the terminal is and what its journal has, the latest last, at most `bytesMax` bytes of ASCII.
 * No card number, track, name or PIN goes into it: of an entry trace, kind, state, amount and answer.
 */
export function logExcerpt(pos: Pos, bytesMax: number): Uint8Array {
  const { journal, session, device, setup } = pos
  const { rows, lost, torn, retired, programs } = journal.report()
  const { year, month, day, hour, minute } = device.clock.now()
  const lines = [
    `shuaka ${VERSION} ${setup.terminalId} ${[year, month, day, hour, minute].join('-')}`,
    `start ${rows.map(({ label, count }) => `${label}=${count}`).join(' ')} lost=${lost} torn=${torn} retired=${retired} programs=${programs}`,
    `line ${device.link.quality()} ${device.link.security()} exchanges ${Object.values(session.exchanges).join()} strange ${session.strangeFrames}`,
    `batch ${journal.batch()} ${journal.count()} frozen=${journal.frozen()} failures ${session.reversalFailures},${session.settlementFailures}`,
  ]
  const head = `${lines.join('\n')}\n`
  const entries: string[] = []
  let room = bytesMax - head.length
  journal.each(({ trace, kind, state, intent, outcome, printedCopies }) => {
    const amount = intent.length === 0 ? '-' : decodeIntent(intent).amount
    const judged = outcome !== undefined && outcome.length > 0 && state !== 'undone'
    const code = judged ? decodeOutcome(outcome).code : '-'
    entries.push(`${trace} ${kind} ${state} ${amount} ${code} ${printedCopies}\n`)
    room -= entries[entries.length - 1]?.length ?? 0
    while (room < 0 && entries.length > 0) room += entries.shift()?.length ?? 0
    return true
  })
  const text = (head + entries.join('')).slice(0, bytesMax).replace(/[^ -~\n]/g, '?')
  return bytesOfText(text)
}

/**
 * Publishes a log in pieces on topic `log`: CBOR `{0: command, 1: offset, 2: length of all, 3: bytes}`. False where the line
 * did not take all of it.
 */
export function publishLog(pos: Pos, command: number, log: Uint8Array): boolean {
  for (let offset = 0; offset < log.length; offset += CHUNK_BYTES) {
    const piece = log.slice(offset, offset + CHUNK_BYTES)
    const message = encodeCbor(new Map([command, offset, log.length, piece].entries()))
    if (pos.device.inbox.publish('log', message, 1) !== 'queued') return false
  }
  return true
}
