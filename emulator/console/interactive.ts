import type { Worker } from 'node:worker_threads'
import { models } from '../device/display.ts'
import { keystrokes, makeReader, type Wish } from './keystrokes.ts'
import { draw, ENTER, LEAVE, paint, type View } from './view.ts'
import type { FromWorker, TerminalSetup, ToWorker } from './worker-words.ts'

/** Pictures a second at most: what comes in between is drawn together. */
const FRAME_MS = 33
/** Lines of paper that stay to be seen. */
const PAPER_LINES_MAX = 300
/** Time that the terminal gets to close its files before its thread is ended. */
const QUIT_MS = 2_000
const SIGNALS = ['SIGTERM', 'SIGHUP'] as const

/** What is used of a terminal's two streams. */
export interface Console {
  readonly input: NodeJS.ReadableStream & { setRawMode(raw: boolean): unknown }
  readonly output: NodeJS.WritableStream & { readonly columns: number; readonly rows: number }
}

/**
 * A person at the terminal: draws it into the alternate screen and reads the keys, until `q` or Ctrl-C.
 *
 * @returns why there is no terminal any more, where that was not the person's wish.
 */
export async function serve(worker: Worker, setup: TerminalSetup, tty: Console): Promise<string | undefined> {
  const { input, output } = tty
  const send = (word: ToWorker): void => worker.postMessage(word)
  let view: View = {
    picture: undefined,
    power: true,
    plugged: true,
    paperIn: true,
    paper: [],
    paperColumns: models[setup.model].paperColumns,
    cards: setup.wallet.map((card) => card.name),
    choosing: false,
    locale: setup.locale,
    note: '',
  }
  let timer: NodeJS.Timeout | undefined
  let ended = false
  const redraw = (): void => {
    if (ended) return // the screen is the shell's again
    timer ??= setTimeout(() => {
      timer = undefined
      output.write(paint(draw(view, output.columns, output.rows)))
    }, FRAME_MS)
  }
  const change = (part: Partial<View>): void => {
    view = { ...view, ...part }
    redraw()
  }
  const reader = makeReader(setup.wallet.length)

  return new Promise((resolve) => {
    const end = (why: string | undefined): void => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      timer = undefined
      for (const signal of SIGNALS) process.off(signal, quit)
      output.off('resize', redraw)
      input.off('data', typed)
      input.setRawMode(false)
      input.pause()
      output.write(LEAVE)
      resolve(why)
    }
    const act = (wish: Wish): void => {
      if (wish.kind === 'quit') {
        send({ kind: 'quit' })
        setTimeout(() => void worker.terminate(), QUIT_MS).unref()
        end(undefined)
        return
      }
      change(wished(view, wish, send))
    }
    const quit = (): void => act({ kind: 'quit' })
    const typed = (data: Buffer | string): void => {
      for (const keystroke of keystrokes(data.toString())) {
        const wish = ended ? undefined : reader(keystroke)
        if (wish !== undefined) act(wish)
      }
    }
    worker.on('message', (word: FromWorker) => {
      if (word.kind === 'failed') end(word.why)
      else change(heard(view, word))
    })
    worker.on('error', (error) => end(error.message))
    worker.on('exit', () => end('the terminal has ended'))
    for (const signal of SIGNALS) process.on(signal, quit)
    input.setRawMode(true)
    input.resume()
    input.on('data', typed)
    output.on('resize', redraw)
    output.write(ENTER)
    redraw()
  })
}

/** Passes a wish on to the terminal; what changes of the view. */
function wished(view: View, wish: Wish, send: (word: ToWorker) => void): Partial<View> {
  switch (wish.kind) {
    case 'key':
      send({ kind: 'press', key: wish.key })
      return { note: '' }
    case 'card':
      send({ kind: 'swipe', index: wish.index })
      return { choosing: false, note: '' }
    case 'choosing':
      return { choosing: wish.choosing }
    case 'power':
      send({ kind: 'power', on: !view.power })
      return { power: !view.power, note: '' }
    case 'cable':
      send({ kind: 'cable', plugged: !view.plugged })
      return { plugged: !view.plugged }
    case 'paper':
      send({ kind: 'paper', present: !view.paperIn })
      return { paperIn: !view.paperIn }
    case 'tamper':
      send({ kind: 'tamper' })
      return {}
    case 'service':
      send({ kind: 'service' })
      return {}
    case 'quit':
      return {}
    default:
      return wish satisfies never
  }
}

/** What changes of the view by a word of the terminal. */
function heard(view: View, word: FromWorker): Partial<View> {
  switch (word.kind) {
    case 'screen':
      return { picture: word.picture }
    case 'paper':
      return { paper: [...view.paper, word.line].slice(-PAPER_LINES_MAX) }
    case 'slipEnd':
      return { paper: [...view.paper, 'cut' as const].slice(-PAPER_LINES_MAX) }
    case 'stopped':
      return { note: word.why }
    case 'played':
    case 'failed':
      return {}
    default:
      return word satisfies never
  }
}
