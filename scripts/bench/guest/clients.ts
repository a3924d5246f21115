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

/** A thread of terminals: each signs on over a connection of its own, then sells as fast as answers come. */
export interface ClientsJob {
  readonly port: number
  readonly terminals: readonly { readonly terminalId: string; readonly masterKey: Uint8Array }[]
  readonly merchantId: string
  readonly card: { readonly pan: string; readonly track2: string; readonly pin: string }
  readonly storeNumber: string
  /** Per connection: first not measured, then measured. */
  readonly warmUp: number
  readonly sales: number
}
export type FromClients =
  | { readonly kind: 'ready' }
  | { readonly kind: 'warm' }
  | { readonly kind: 'sold'; readonly ms: number; readonly approved: number; readonly latenciesMs: number[] }

const job = workerData as ClientsJob
const say = (word: FromClients): void => parentPort?.postMessage(word)
const six = (value: number): string => String(value).padStart(6, '0')

class Line {
  private readonly decoder = new FrameDecoder()
  private readonly socket: Socket
  private answered: (message: Message) => void = () => undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      for (const body of this.decoder.push(Uint8Array.from(bytes)))
        this.answered(decodeMessage('cup', decodeCupFrameBody(body).message))
    })
  }

  ask(frame: Uint8Array): Promise<Message> {
    return new Promise((resolve) => {
      this.answered = resolve
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

function saleFrame(terminal: Terminal, keys: WorkingKeys, batch: number, trace: number): Uint8Array {
  const { card, storeNumber } = job
  const fields: Fields = {
    3: '000000',
    4: '000000008880',
    ...head(terminal, trace),
    22: '021',
    25: '00',
    26: '12',
    35: card.track2,
    49: '156',
    52: tdes(keys.pik).encrypt(clearPinBlock(Uint8Array.from(card.pin, Number), asPan(card.pan))),
    53: '2600000000000000',
    57: `01${String(storeNumber.length).padStart(3, '0')}${storeNumber}`,
    60: `22${six(batch)}000`,
  }
  const mac = cupMac(tdes(keys.mak), macInput({ mti: '0200', fields }, 'cup'))
  return framed({ mti: '0200', fields: { ...fields, 64: mac } })
}

async function run(): Promise<void> {
  const tills = await Promise.all(
    job.terminals.map(async (terminal) => {
      const line = await dial()
      const { keys, batch } = await signOn(line, terminal)
      const frames: Uint8Array[] = []
      for (let trace = 2; frames.length < job.warmUp + job.sales; trace++)
        frames.push(saleFrame(terminal, keys, batch, trace))
      return { line, frames }
    }),
  )
  const latenciesMs: number[] = []
  let approved = 0
  const sell = (from: number, to: number) =>
    Promise.all(
      tills.map(async ({ line, frames }) => {
        for (const frame of frames.slice(from, to)) {
          const before = performance.now()
          const { fields } = await line.ask(frame)
          latenciesMs.push(performance.now() - before)
          if (fields[39] === '00') approved++
        }
      }),
    )
  const go = () => new Promise<void>((resolve) => parentPort?.once('message', () => resolve()))
  say({ kind: 'ready' })
  await go()
  await sell(0, job.warmUp)
  say({ kind: 'warm' })
  await go()
  latenciesMs.length = 0
  approved = 0
  const before = performance.now()
  await sell(job.warmUp, job.warmUp + job.sales)
  say({ kind: 'sold', ms: performance.now() - before, approved, latenciesMs })
  for (const { line } of tills) line.close()
  parentPort?.close()
}

void run()
