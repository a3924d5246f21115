import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

/** How a native terminal is started: the rig binary, under an emulator of its processor where that is another. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: { readonly [name: string]: string }
}

/** What the process says; each in the order in which it was written. */
export interface RigEvents {
  /** A word and the rest of its line. */
  said(word: string, rest: string): void
  /** The process has ended: `status` of exit(2), or the signal's name; `complaint` is its last line on standard error. */
  ended(status: number | string, complaint: string): void
}

/**
 * One run of a native terminal in its rig, from power on to power off, and the words to it. A word is sent when the one
 * before has been obeyed with all that followed (`idle`), but what answers a question goes at once: the process
 * does nothing else until it has the answer.
 */
export interface RigProcess {
  /** Has it obey `word`. */
  send(word: string): void
  /** Answers the question that `said` is telling now, or obeys while it waits for that answer. */
  answer(word: string): void
  /** Resolves when all that was sent has been obeyed, or the process has ended. */
  quiet(): Promise<void>
  /** Ends it at once, wherever it is. Resolves when it is gone. */
  kill(): Promise<void>
  readonly gone: Promise<void>
}

const COMPLAINT_MAX = 2_000

export function startRig({ command, args, env }: Launch, events: RigEvents): RigProcess {
  const child: ChildProcessWithoutNullStreams = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const waiting: string[] = []
  let listeners: (() => void)[] = []
  let isBusy = true // until the first idle
  let isGone = false
  let isKilled = false
  let complaint = ''

  function next(): void {
    const word = waiting.shift()
    if (word === undefined) {
      isBusy = false
      tellQuiet()
      return
    }
    isBusy = true
    write(word)
  }
  function tellQuiet(): void {
    const told = listeners
    listeners = []
    for (const tell of told) tell()
  }
  function write(word: string): void {
    if (!isGone) child.stdin.write(`${word}\n`)
  }

  child.stdin.on('error', () => undefined) // it has ended: `ended` says so
  lines(child.stdout, (line) => {
    if (isKilled) return
    const [word, rest] = parted(line)
    if (word === 'idle') {
      events.said(word, rest)
      next()
    } else events.said(word, rest)
  })
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(-COMPLAINT_MAX)
  })
  const gone = new Promise<void>((resolve) => {
    let isOver = false
    const over = (status: number | string): void => {
      if (isOver) return
      isOver = true
      isGone = true
      waiting.length = 0
      if (!isKilled) events.ended(status, complaint.trim())
      tellQuiet()
      resolve()
    }
    child.on('error', (error) => {
      complaint = error.message
      over('not started')
    })
    child.on('close', (code, signal) => over(code ?? signal ?? 'ended'))
  })

  return {
    gone,
    send(word) {
      if (isGone || isKilled) return
      waiting.push(word)
      if (!isBusy) next()
    },
    answer: write,
    quiet: () =>
      isGone || isKilled || !isBusy ? Promise.resolve() : new Promise((resolve) => listeners.push(resolve)),
    kill() {
      isKilled = true
      waiting.length = 0
      child.kill('SIGKILL')
      tellQuiet()
      return gone
    },
  }
}

function parted(line: string): [word: string, rest: string] {
  const at = line.indexOf(' ')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

/** Calls `each` with every whole line, without its end. */
function lines(stream: NodeJS.ReadableStream, each: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) each(part)
  })
}
