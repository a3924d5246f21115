import { parentPort, workerData } from 'node:worker_threads'
import type { Observer } from '../device/ports.ts'
import { playHeadless } from './headless.ts'
import { makeRealTime } from './real-time.ts'
import { makeConsoleTerminal } from './terminal.ts'
import type { FromWorker, Job, TerminalSetup, ToWorker } from './worker-words.ts'

/** The thread of a console terminal: plays the scenario it was given, or serves a person. */

const say = (word: FromWorker): void => parentPort?.postMessage(word)

async function run(job: Job): Promise<void> {
  try {
    if (job.scenario === undefined) return await serve(job.terminal)
    const { passed, text } = await playHeadless(job.terminal, job.scenario.text, job.scenario.file)
    say({ kind: 'played', passed, report: text })
  } catch (error) {
    say({ kind: 'failed', why: error instanceof Error ? error.message : String(error) })
  }
  parentPort?.close()
}

async function serve(setup: TerminalSetup): Promise<void> {
  const observer: Observer = {
    screen: (picture) => say({ kind: 'screen', picture }),
    paper: (line) => say({ kind: 'paper', line }),
    slipEnd: () => say({ kind: 'slipEnd' }),
    wire: () => undefined,
  }
  const onStopped = (why: string): void => say({ kind: 'stopped', why })
  const terminal = await makeConsoleTerminal({ setup, scheduler: makeRealTime(), observer, onStopped })
  const { machine } = terminal
  parentPort?.on('message', (word: ToWorker) => {
    switch (word.kind) {
      case 'press':
        return machine.operator.press(word.key)
      case 'swipe': {
        const card = setup.wallet[word.index]
        if (card !== undefined) machine.operator.swipe({ track2: card.track2 })
        return undefined
      }
      case 'power':
        return word.on ? machine.powerOn() : machine.powerOff()
      case 'cable':
        return machine.operator.cable(word.plugged)
      case 'paper':
        return word.present ? machine.operator.paperIn() : machine.operator.paperOut()
      case 'tamper':
        return machine.operator.tamper()
      case 'service':
        return machine.operator.service()
      case 'quit':
        terminal.close()
        return process.exit() // this thread alone; timers of the device would hold it for a while
      default:
        return word satisfies never
    }
  })
  machine.powerOn()
}

void run(workerData as Job)
