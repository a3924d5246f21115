import type { Worker } from 'node:worker_threads'
import { lockFolder } from '../emulator/console/folder-lock.ts'
import { serve } from '../emulator/console/interactive.ts'
import { startWorker } from '../emulator/console/start-worker.ts'
import type { FromWorker, Job } from '../emulator/console/worker-words.ts'
import { CommandError } from './command-error.ts'

/**
 * Runs a console terminal until the person leaves or the scenario is over.
 *
 * @returns the exit code: 1 for a scenario that failed.
 */
export async function runTerminal(job: Job): Promise<number> {
  const { flashFolder } = job.terminal
  const release = flashFolder === undefined ? undefined : lockFolder(flashFolder)
  process.once('exit', () => release?.())
  try {
    const worker = await startWorker(job)
    if (job.scenario !== undefined) return await played(worker)
    const why = await serve(worker, job.terminal, { input: process.stdin, output: process.stdout })
    if (why !== undefined) throw new CommandError(`terminal: ${why}.`)
    return 0
  } finally {
    release?.()
  }
}

function played(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.on('message', (word: FromWorker) => {
      // Its files are closed; timers of the device would hold it for a while.
      if (word.kind === 'played' || word.kind === 'failed') void worker.terminate()
      if (word.kind === 'failed') reject(new CommandError(`terminal: ${word.why.replace(/\.$/, '')}.`))
      if (word.kind !== 'played') return
      console.log(word.report)
      resolve(word.passed ? 0 : 1)
    })
    worker.on('error', (error) => reject(new CommandError(`terminal: ${error.message}.`)))
    worker.on('exit', () => reject(new CommandError('terminal: it has ended by itself.')))
  })
}
