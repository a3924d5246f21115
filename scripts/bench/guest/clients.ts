import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { decodeMessage, encodeMessage, macInput } from '../../../host-link/wire/dialect.ts'
import { decodeCupFrameBody, encodeCupFrameBody } from '../../../host-link/wire/envelope.ts'
import { encodeFrame, FrameDecoder } from '../../../host-link/wire/frame.ts'
import type { Fields, Message } from '../../../host-link/wire/message.ts'
import { asPan } from '../../../host-link/wire/values.ts'
import { cupMac } from '../../../keys/cup-mac.ts'
import { clearPinBlock } from '../../../keys/pin-block.ts'
import { tdes } from '../../../keys/tdes.ts'
import { openWorkingKeys, type WorkingKeys } from '../../../keys/working-keys.ts'

/**
 * A thread of terminals: each signs on over a connection of its own, then sends transactions as fast as answers come, of
 * ten: seven sales 消费, a void 撤销 of the last of them, a cash sale 现金消费 and a balance enquiry 余额查询.
 */
export interface ClientsJob {
  readonly port: number
  /** Each with the card that is used at it. */
  readonly terminals: readonly {
    readonly terminalId: string
    readonly masterKey: Uint8Array
    readonly card: { readonly pan: string; readonly track2: string; readonly pin: string }
  }[]
  readonly merchantId: string
  readonly storeNumber: string
  /** Transactions of each connection: first not measured, then measured. */
  readonly warmUp: number
  readonly measured: number
}
export type FromClients =
  | { readonly kind: 'ready' }
  | { readonly kind: 'warm' }
  | { readonly kind: 'done'; readonly ms: number; readonly approved: number; readonly latenciesMs: number[] }

const job = workerData as ClientsJob
const say = (word: FromClients): void => parentPort?.postMessage(word)
const six = (value: number): string => String(value).padStart(6, '0')

class Line {
  private readonly decoder = new FrameDecoder()
  private readonly socket: Socket
  private answered: (message: Message) => void = () => undefined
  private lost: (why: Error) => void = () => undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.once('close', () => this.lost(new Error('the host closed the connection')))
    socket.on('data', (bytes) => {
      for (const body of this.decoder.push(Uint8Array.from(bytes)))
        this.answered(decodeMessage('cup', decodeCupFrameBody(body).message))
    })
  }

  ask(frame: Uint8Array): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.answered = resolve
      this.lost = reject
      this.socket.write(frame)
    })
  }

  close(): void {
    this.socket.destroy()
  }
}

function dial(): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: job.port, noDelay: true }, () =>
      resolve(new Line(socket)),
    )
    socket.once('error', reject)
  })
}

type Terminal = ClientsJob['terminals'][number]

function head({ terminalId }: Terminal, trace: number): Fields {
  return { 11: six(trace), 41: terminalId, 42: job.merchantId }
}

function framed(message: Message): Uint8Array {
  const envelope = { tpdu: '6000030000', header: '603100310000' }
  return encodeFrame(encodeCupFrameBody(envelope, encodeMessage('cup', message)))
}

async function signOn(line: Line, terminal: Terminal) {
  const fields = { ...head(terminal, 1), 60: '00000001003', 63: '01 ' }
  const answer = (await line.ask(framed({ mti: '0800', fields }))).fields
  const block = answer[62]
  if (!(block instanceof Uint8Array)) throw new Error(`sign-on: ${String(answer[39])}`)
  const opened = openWorkingKeys('003', block, tdes(terminal.masterKey))
  if (opened.kind !== 'opened') throw new Error(`sign-on: ${opened.why}`)
  return { keys: opened.keys, batch: Number(String(answer[60]).slice(2, 8)) }
}

interface SignedOn {
  readonly terminal: Terminal
  readonly keys: WorkingKeys
  readonly batch: number
}

function signed({ keys }: SignedOn, mti: string, fields: Fields): Uint8Array {
  const mac = cupMac(tdes(keys.mak), macInput({ mti, fields }, 'cup'))
  return framed({ mti, fields: { ...fields, 64: mac } })
}

function common({ terminal, batch }: SignedOn, trace: number, type: string): Fields {
  const { storeNumber } = job
  return {
    ...head(terminal, trace),
    25: '00',
    49: '156',
    57: `01${String(storeNumber.length).padStart(3, '0')}${storeNumber}0200201`,
    60: `${type}${six(batch)}000`,
  }
}

function stripe({ terminal: { card }, keys }: SignedOn): Fields {
  const block = clearPinBlock(Uint8Array.from(card.pin, Number), asPan(card.pan))
  return { 22: '021', 26: '12', 35: card.track2, 52: tdes(keys.pik).encrypt(block), 53: '2600000000000000' }
}

const AMOUNT = '000000008880'

function saleFrame(at: SignedOn, trace: number): Uint8Array {
  return signed(at, '0200', { 3: '000000', 4: AMOUNT, ...common(at, trace, '22'), ...stripe(at) })
}

function balanceFrame(at: SignedOn, trace: number): Uint8Array {
  return signed(at, '0200', { 3: '310000', ...common(at, trace, '01'), ...stripe(at) })
}

function cashFrame(at: SignedOn, trace: number): Uint8Array {
  return signed(at, '0220', { 3: '000000', 4: AMOUNT, 22: '920', ...common(at, trace, '70') })
}

/** Of the sale that has the trace before. */
function voidFrame(at: SignedOn, trace: number, sold: Fields): Uint8Array {
  const { pan, track2 } = at.terminal.card
  return signed(at, '0200', {
    2: pan,
    3: '200000',
    4: AMOUNT,
    14: track2.split('D')[1]?.slice(0, 4) ?? '',
    22: '012',
    37: String(sold[37]),
    38: String(sold[38]),
    61: six(at.batch) + six(trace - 1),
    ...common(at, trace, '23'),
  })
}

/** What the transaction of a place in the mix is; a void needs the answer of the one before. */
type Make = Uint8Array | ((last: Fields) => Uint8Array)

function made(at: SignedOn, trace: number, place: number): Make {
  if (place % 10 === 7) return (last) => voidFrame(at, trace, last)
  if (place % 10 === 8) return cashFrame(at, trace)
  return place % 10 === 9 ? balanceFrame(at, trace) : saleFrame(at, trace)
}

async function run(): Promise<void> {
  const tills = await Promise.all(
    job.terminals.map(async (terminal) => {
      const line = await dial()
      const at = { terminal, ...(await signOn(line, terminal)) }
      const total = job.warmUp + job.measured
      return { line, makes: Array.from({ length: total }, (_, place) => made(at, place + 2, place)) }
    }),
  )
  const latenciesMs: number[] = []
  let approved = 0
  const trade = (from: number, to: number) =>
    Promise.all(
      tills.map(async ({ line, makes }) => {
        let last: Fields = {}
        for (const make of makes.slice(from, to)) {
          const frame = typeof make === 'function' ? make(last) : make
          const before = performance.now()
          last = (await line.ask(frame)).fields
          latenciesMs.push(performance.now() - before)
          if (last[39] === '00') approved++
        }
      }),
    )
  const go = () => new Promise<void>((resolve) => parentPort?.once('message', () => resolve()))
  say({ kind: 'ready' })
  await go()
  await trade(0, job.warmUp)
  say({ kind: 'warm' })
  await go()
  latenciesMs.length = 0
  approved = 0
  const before = performance.now()
  await trade(job.warmUp, job.warmUp + job.measured)
  say({ kind: 'done', ms: performance.now() - before, approved, latenciesMs })
  for (const { line } of tills) line.close()
  parentPort?.close()
}

void run()
