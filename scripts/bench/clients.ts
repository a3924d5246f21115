import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import type { ClientsJob, FromClients } from './guest/clients.ts'

/** Terminals in a thread of their own, so that the host's thread does only the host's work. */
export interface Clients {
  /** The next word of the thread; rejects when it fails. */
  next(): Promise<FromClients>
  go(): void
  stop(): Promise<void>
}

const SOURCE = fileURLToPath(new URL('guest/clients.ts', import.meta.url))

/** `folder` is where the thread's program may stand; packages are found from there. */
export async function startClients(job: ClientsJob, folder: string): Promise<Clients> {
  const outfile = `${folder}/clients.mjs`
  await build({
    entryPoints: [SOURCE],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  })
  const worker = new Worker(outfile, { workerData: job })
  return {
    next: () =>
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('message', (word: FromClients) => {
          worker.off('error', reject)
          resolve(word)
        })
      }),
    go: () => worker.postMessage('go'),
    async stop() {
      await worker.terminate()
      rmSync(outfile, { force: true })
    },
  }
}
