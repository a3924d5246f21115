import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { NODE_WORKER_STACK_MB } from '../vm/limits.ts'
import type { Job } from './worker-words.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Starts the worker of a console terminal. It is bundled anew each time, in a tenth of a second: a loader of
 * TypeScript inside the thread would take longer, and a stored bundle could be an old one.
 */
export async function startWorker(job: Job): Promise<Worker> {
  // Two folders deep as its source, so that what it finds beside itself it finds from there too.
  const outfile = `${ROOT}build/console/worker-${process.pid}.mjs`
  mkdirSync(`${ROOT}build/console`, { recursive: true })
  await build({
    entryPoints: [`${ROOT}emulator/console/worker.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  const worker = new Worker(outfile, {
    workerData: job,
    resourceLimits: { stackSizeMb: NODE_WORKER_STACK_MB },
  })
  // Imports of its own are in the bundle, so it is not read again once it runs.
  worker.once('message', () => rmSync(outfile, { force: true }))
  worker.once('exit', () => rmSync(outfile, { force: true }))
  return worker
}
