// Simulated terminals of a bench, in a process of their own: options as its first argument, its state whenever it is asked.
import { createHash } from 'node:crypto'
import { setTimeout as later } from 'node:timers/promises'
import { signerOf } from '../../host-link/tms/node/signers.ts'
import { simulatedTerminal } from '../../host-link/tms/node/simulated-terminal.ts'
import { askingClient, type BareClient, countingClient } from './bare-clients.ts'
import { type GeneratorOptions, type GeneratorState, serialOf } from './talk.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as GeneratorOptions
const toldMs: number[] = []
const doneMs: number[] = []
const slowDoneMs: number[] = []
const wholeMs: number[] = []
const payloadMs: number[] = []
const terminals: Pick<BareClient, 'online' | 'counts'>[] = []
/** Now, and at most so far. */
const underWay = { now: 0, most: 0 }
const frozen = { there: 0, done: 0 }
const director = Uint8Array.from(Buffer.from(options.director, 'hex'))
/** One report key for all: making ten thousand is no part of what is measured. */
const reportSigner = signerOf(Uint8Array.from(createHash('sha256').update('report key of a bench').digest()))

function start(number: number): void {
  if (options.mode === 'counts')
    terminals.push(countingClient(options, number, () => doneMs.push(Date.now())))
  else if (options.mode === 'asks') terminals.push(asking(number))
  else terminals.push(terminal(number))
}

function begin(): void {
  underWay.now++
  underWay.most = Math.max(underWay.most, underWay.now)
}

function asking(number: number): BareClient {
  let fromMs = 0
  const begins = () => {
    fromMs = Date.now()
    begin()
  }
  return askingClient(options, number, begins, () => {
    underWay.now--
    doneMs.push(Date.now())
    wholeMs.push(Date.now() - fromMs)
  })
}

function terminal(number: number) {
  const { host, port, password, tenant, frozenPercent, slowPercent } = options
  const freezes = number % 100 < frozenPercent
  const slow = !freezes && number % 100 < frozenPercent + slowPercent
  const quality = slow ? { ...options.quality, bytesPerSecond: options.slowBytesPerSecond } : options.quality
  const from = { order: 0, payload: 0 }
  return simulatedTerminal({
    ...{ host, port, password, tenant, serial: serialOf(number), model: 'A8', random: Math.random },
    ...{ quality, reportSigner, director, freezes, idle: options.mode === 'idle' },
    ...{ blockBytes: options.blockBytes, windowBytes: options.windowBytes, spreadMs: options.spreadMs },
    ...{ timeoutMs: slow ? Math.max(options.timeoutMs, 120_000) : options.timeoutMs, stepMs: 0 },
    told: ({ program }) => {
      if (program !== null) toldMs.push(Date.now())
    },
    begins() {
      from.order = Date.now()
      begin()
    },
    fetches() {
      if (freezes && from.payload === 0) frozen.there++
      from.payload = Date.now()
    },
    ended() {
      underWay.now--
      if (freezes) frozen.done++
      else if (slow) slowDoneMs.push(Date.now())
      else {
        doneMs.push(Date.now())
        wholeMs.push(Date.now() - from.order)
        payloadMs.push(Date.now() - from.payload)
      }
    },
  })
}

const sum = (name: 'reconnects' | 'doubleBytes' | 'wrong' | 'later' | 'timeouts'): number =>
  terminals.reduce((total, { counts }) => total + counts[name], 0)

process.on('message', () => {
  const state: GeneratorState = {
    ...{
      online: terminals.filter((terminal) => terminal.online()).length,
      lost: sum('reconnects'),
      toldMs,
      doneMs,
      slowDoneMs,
      wholeMs,
      payloadMs,
    },
    ...{ mostAtOnce: underWay.most, frozen: frozen.there, frozenDone: frozen.done },
    ...{
      doubleBytes: sum('doubleBytes'),
      wrong: sum('wrong'),
      later: sum('later'),
      timeouts: sum('timeouts'),
    },
  }
  process.send?.(state)
})
process.on('disconnect', () => process.exit(0))

/** Not all at once: a listener's queue is short. */
for (let number = options.from; number < options.until; number++) {
  start(number)
  if (number % 20 === 19) await later(10)
}
