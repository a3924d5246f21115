import { makeRandom } from '../../emulator/device/flash-faults.ts'
import type { Dial, Scheduler } from '../../emulator/device/ports.ts'
import { createHost } from '../../host-link/host/host.ts'
import { memoryStore } from '../../host-link/host/memory-store.ts'
import { type Card, hostCard, hostTerminal, type Provision } from '../../host-link/host/provision.ts'

/** The reference host in this process, without any latency, and what processor time it took. */
export interface Bank {
  readonly dial: Dial
  /** Takes over the clock of a terminal. */
  follow(scheduler: Scheduler): void
  /** Books a sale of 1 fen that the terminal knows nothing of: the next settlement does not balance. */
  addOrphan(): void
  /** Frames that arrived so far, and their bytes. */
  received(): { readonly frames: number; readonly bytes: number }
  /** Processor time that the host has used so far, in milliseconds. */
  cpuMs(): number
}

export function makeBank(provision: Provision, cards: readonly Card[]): Bank {
  let scheduler: Scheduler | undefined
  let cpuMs = 0
  let frames = 0
  let bytesReceived = 0
  const store = memoryStore()
  const host = createHost({
    store,
    terminals: [hostTerminal(provision)],
    cards: cards.map(hostCard),
    clock: { now: () => hostTime(scheduler?.wallMs() ?? 0) },
    random: bytesFrom(1),
    secret: new Uint8Array(32).fill(7),
  })
  return {
    follow(next) {
      scheduler = next
    },
    addOrphan() {
      const { terminalId } = provision.terminal
      void store.transact((books) => {
        const batch = books.openBatch(terminalId)?.number ?? 0
        const sale = books.entry({ terminalId, batch, trace: 2, kind: 'sale' })
        if (sale === undefined) throw new Error('bench: nothing was sold')
        const key = { ...sale.key, trace: 999_999 }
        const entry = {
          ...sale,
          key,
          sequence: books.nextSequence(),
          amountFen: 1,
          settleFen: 1,
          effectFen: -1,
        }
        return { posting: { entries: [entry] }, result: undefined }
      })
    },
    received: () => ({ frames, bytes: bytesReceived }),
    cpuMs: () => cpuMs,
    dial: (events) => {
      const connection = host.connection()
      let open = true
      /** In a turn of the event loop of its own: from here to the answer nothing but the host runs. */
      const arrive = async (bytes: Uint8Array): Promise<void> => {
        const before = process.cpuUsage()
        frames++
        bytesReceived += bytes.length
        const answers = await connection.receive(bytes)
        const { user, system } = process.cpuUsage(before)
        cpuMs += (user + system) / 1000
        scheduler?.after(0, () => {
          if (!open) return
          for (const answer of answers) events.bytes(answer)
          if (connection.ended !== undefined) events.closed()
        })
      }
      return Promise.resolve({
        send: (bytes) => void scheduler?.after(0, () => void arrive(bytes.slice())),
        close() {
          open = false
        },
      })
    },
  }
}

/** Local wall-clock milliseconds as the host writes them. */
function hostTime(wallMs: number): { date: string; time: string } {
  const digits = new Date(wallMs).toISOString().replace(/\D/g, '')
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) }
}

/** Reproducible, so that two runs do the same work. */
export function bytesFrom(seed: number): (length: number) => Uint8Array {
  const random = makeRandom(seed)
  return (length) => Uint8Array.from({ length }, () => random() & 255)
}
