import type { Station, TerminalRow } from '../keys/station/station.ts'
import { buildStationPage, STATION_PAGE_FOLDER } from './build-page.ts'
import { CommandError } from './command-error.ts'
import { type Interruption, interruption } from './interrupted.ts'
import {
  checkLogIns,
  type LogIns,
  locale,
  logInTwo,
  must,
  openStationCommand,
  type StationCommand,
  systemClock,
  systemRandom,
} from './keys-station.ts'
import { lineOrder } from './keys-station-lines.ts'
import { startStationPage, webAddress } from './keys-station-page.ts'

export interface RunCommand extends StationCommand, LogIns {
  readonly web?: string
  readonly console?: boolean
  readonly listen: readonly string[]
  readonly ws: readonly string[]
  readonly serial: readonly string[]
  readonly baud: number
  readonly idle?: number
  readonly unattended?: number
  readonly total?: number
  readonly language?: 'zh' | 'en'
  readonly json?: boolean
}

/**
 * `run`: lines for terminals, and the page, the dialogue at the console or both; with people of options and neither of
 * the two it only injects. Ends when it is interrupted, or the dialogue is, and signs the audit then, whatever happened.
 */
export async function runStation(options: RunCommand): Promise<void> {
  const orders = linesOf(options)
  if (options.web !== undefined) webAddress(options.web)
  checkLogIns(options)
  const say = (line: string): void => console.log(line)
  const talks = options.console === true || (options.web === undefined && options.login === undefined)
  if (!talks && options.web === undefined && orders.length === 0)
    throw new CommandError(
      'keys station: no terminal can come; give --listen, --ws, --serial, --web or --console',
      2,
    )
  const hands = talks ? (await import('./keys-station-console.ts')).consoleHands() : undefined
  const station = await openStationCommand(options, options)
  const end = interruption() // from here on: an end while people log in closes the session too
  const closers: (() => Promise<void> | void)[] = []
  try {
    if (hands) closers.unshift(() => hands.close())
    if (options.web !== undefined) {
      await buildStationPage()
      const { web } = options
      const page = await startStationPage({
        ...{ station, web, folder: STATION_PAGE_FOLDER, clock: systemClock, random: systemRandom },
      })
      closers.unshift(() => page.close())
      say(options.json === true ? JSON.stringify({ page: page.url }) : `station page: ${page.url}`)
    }
    if (options.login !== undefined) await logInTwo(station, options)
    for (const order of orders) {
      const { address } = must(await station.openLine(order))
      say(
        options.json === true
          ? JSON.stringify({ line: order.kind, address })
          : `line: ${order.kind} ${address}`,
      )
    }
    // A dialogue has its own view of the progress.
    if (hands === undefined) closers.unshift(tellProgress(station, options.json === true, say))
    await (hands ? dialogue(station, hands, end, options) : end.asked)
  } finally {
    try {
      for (const close of closers) await close()
    } finally {
      await station.close()
      end.release()
    }
  }
}

type Hands = Awaited<ReturnType<typeof import('./keys-station-console.ts')['consoleHands']>>

async function dialogue(
  station: Station,
  hands: Hands,
  end: Interruption,
  { language }: RunCommand,
): Promise<void> {
  const { guide } = await import('./keys-station-console.ts')
  await Promise.race([guide(station, hands, language ?? locale()), end.asked])
}

function linesOf({ listen, ws, serial, baud }: RunCommand) {
  const wanted = [
    ...listen.map((text) => ['tcp', text.replace(/^tcp:\/\//, ''), '--listen', text] as const),
    ...ws.map((text) => ['websocket', text.replace(/^ws:\/\//, ''), '--ws', text] as const),
    ...serial.map((text) => ['serial', text, '--serial', text] as const),
  ]
  return wanted.map(([kind, address, option, text]) => {
    const order = lineOrder(kind, address, baud)
    if (order !== undefined) return order
    const example = kind === 'serial' ? '/dev/ttyUSB0' : `${kind === 'tcp' ? 'tcp://' : ''}127.0.0.1:9200`
    throw new CommandError(`keys station: ${option} ${text}: an address like ${example} is wanted`, 2)
  })
}

/** A line for every step of a terminal; the result ends it. */
function tellProgress(station: Station, json: boolean, say: (line: string) => void): () => void {
  const keyOf = (row: TerminalRow): string => `${row.serial}/${row.slot}`
  const seen = new Map(station.progress().map((row) => [keyOf(row), row.state]))
  return station.watch(() => {
    for (const row of station.progress()) {
      if (seen.get(keyOf(row)) === row.state) continue
      seen.set(keyOf(row), row.state)
      const { serial, slot, state, checkValue = '', code = '' } = row
      const { loaded, expected, sent, proven, failed } = station.view().counts
      const total = loaded + expected + sent + proven + failed
      say(
        json
          ? JSON.stringify({ serial, slot, state, checkValue, ...(code !== '' && { code }), loaded, total })
          : `${serial} slot ${slot}: ${[state, code, checkValue].filter((word) => word !== '').join(' ')} (${loaded}/${total})`,
      )
    }
  })
}
