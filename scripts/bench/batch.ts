import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { makeTill, quickJs, type Till, type TillOptions, v8 } from './joined.ts'
import { cpuMsSince, median, type Row, rounds, type Work } from './row.ts'

/** 1 MiB. */
const SECTORS = 256
const SALES = 5000
const FINDS = 15
const HEAP_AFTER_BOOT_MAX = 1_000_000
const HEAP_PEAK_MAX = 2_000_000
const RECOVERY_MS_MAX = 1000
const FIND_MS_MAX = 50
/** Of the answer to an upload message, in the `cup` dialect. */
const ANSWER_BYTES = 110

/**
 * A full batch 批次 on the largest chip: recovery, finding a transaction, and a settlement 结算 that does not balance, so that
 * every record is uploaded. The real application in QuickJS, and the real host in this process.
 */
export async function benchBatch(work: Work): Promise<readonly Row[]> {
  const sales = rounds(work, SALES, 40)
  const kept = await filled(sales, work)
  const engine = await quickJs()
  const till = makeTill({ engine, kept, sectorCount: SECTORS })
  const boot = process.cpuUsage()
  const hostBefore = till.bank.cpuMs()
  await till.boot()
  const bootMs = cpuMsSince(boot) - (till.bank.cpuMs() - hostBefore)
  const empty = await emptyBoot()
  const afterBoot = heapOf(till)

  work.progress('finding transactions')
  const finds = await found(till, sales)
  work.progress('settling')
  till.bank.addOrphan()
  const sent = till.bank.received()
  const before = performance.now()
  const cpu = process.cpuUsage()
  const hostMs = till.bank.cpuMs()
  await till.settle()
  const seconds = (performance.now() - before) / 1000
  const ownMs = cpuMsSince(cpu) - (till.bank.cpuMs() - hostMs)
  const peak = heapOf(till).peak
  till.machine.powerOff()
  const all = till.bank.received()
  const frames = all.frames - sent.frames
  const frameBytes = Math.round((all.bytes - sent.bytes) / frames)
  const lineSeconds = await lineLimit(frames, frameBytes)
  return [
    {
      quantity: `heap in use after boot, ${sales} in the journal`,
      value: afterBoot.used,
      unit: 'B',
      target: HEAP_AFTER_BOOT_MAX,
    },
    {
      quantity: `heap peak while settling ${sales} with upload`,
      value: peak,
      unit: 'B',
      target: HEAP_PEAK_MAX,
    },
    {
      quantity: `recovery with ${sales} in the batch, processor time`,
      value: bootMs - empty,
      unit: 'ms',
      target: RECOVERY_MS_MAX,
      note: 'boot to idle, less the same with an empty journal',
    },
    {
      quantity: `finding a transaction by trace, processor time, median of ${finds.length}`,
      value: median(finds),
      unit: 'ms',
      target: FIND_MS_MAX,
      note: 'from the enter key to its page on the screen; spread over the batch',
    },
    { quantity: 'the slowest of them', value: Math.max(...finds), unit: 'ms', target: FIND_MS_MAX },
    {
      quantity: 'settlement with upload, records a second, terminal and host in one process',
      value: sales / seconds,
      unit: '/s',
      beside: { what: 'the same frames and answers over loopback TCP alone', value: sales / lineSeconds },
      note: `${frames} frames of ${frameBytes} B in the mean; terminal ${(ownMs / sales).toFixed(2)} ms of processor a record`,
    },
  ]
}

async function filled(sales: number, work: Work): Promise<NonNullable<TillOptions['kept']>> {
  const till = makeTill({ engine: v8(), sectorCount: SECTORS })
  await till.boot()
  for (let sale = 1; sale <= sales; sale++) {
    if ((await till.sell()) === 'full') throw new Error(`bench: the batch is full after ${sale - 1} sales`)
    if (sale % 250 === 0) work.progress(`${sale} of ${sales} sales`)
  }
  till.machine.powerOff()
  return { flash: till.chip.snapshot(), secure: till.secure(), bank: till.bank }
}

/** Processor time of a boot without anything to recover. */
async function emptyBoot(): Promise<number> {
  const till = makeTill({ engine: await quickJs(), sectorCount: SECTORS })
  const before = process.cpuUsage()
  await till.boot()
  const ms = cpuMsSince(before) - till.bank.cpuMs()
  till.machine.powerOff()
  return ms
}

/** 打印 → 查询 by trace, over the whole batch; the trace of a sale is its number and one for the sign-on. */
async function found(till: Till, sales: number): Promise<readonly number[]> {
  const times: number[] = []
  const count = Math.min(FINDS, sales)
  for (let look = 0; look < count; look++) {
    const trace = 2 + Math.floor((look * (sales - 1)) / Math.max(1, count - 1))
    times.push(await till.find(trace))
  }
  return times
}

function heapOf({ machine }: Till): { readonly used: number; readonly peak: number } {
  const memory = machine.memory()
  if (memory === undefined) throw new Error('bench: the application is not running')
  return memory
}

/** Seconds that loopback TCP takes for so many frames and their answers, one after the other. */
async function lineLimit(frames: number, frameBytes: number): Promise<number> {
  const server = createServer((socket) => answerFrames(socket, frameBytes))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const frame = Buffer.alloc(frameBytes)
  const before = performance.now()
  for (let sent = 0; sent < frames; sent++) {
    socket.write(frame)
    for (let got = 0; got < ANSWER_BYTES; ) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      got += chunk.length
    }
  }
  const seconds = (performance.now() - before) / 1000
  socket.destroy()
  server.close()
  return seconds
}

function answerFrames(socket: Socket, frameBytes: number): void {
  let waiting = 0
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    for (waiting += chunk.length; waiting >= frameBytes; waiting -= frameBytes)
      socket.write(Buffer.alloc(ANSWER_BYTES))
  })
}
