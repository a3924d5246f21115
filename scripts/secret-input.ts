import { readSync } from 'node:fs'
import { wipe } from '../keys/wipe.ts'
import { CommandError } from './command-error.ts'

/** Bytes of one secret: three times the hex of the longest key. What is longer is none. */
export const SECRET_BYTES_MAX = 512

const WAIT_MS = 20
const WAITS_MAX = 3000

/** The terminal that a person sits at. */
export interface SecretTerminal {
  readonly input: NodeJS.ReadableStream & {
    readonly isTTY?: boolean
    setRawMode?(raw: boolean): unknown
  }
  readonly output: { write(text: string | Uint8Array): unknown }
}

/** Where a person types a secret blind. */
export interface SecretInput {
  /** Whether there is a terminal to ask at: standard input is one. */
  readonly present: boolean
  /**
   * Asks, and reads to Enter: nothing typed is shown, neither now nor until `close`. Backspace takes the last byte back, Ctrl-U all. Ctrl-C, an end
   * of the input and more than 512 bytes throw CommandError. The caller wipes what it gets, which may be empty.
   */
  line(prompt: string): Promise<Uint8Array>
  /** To be called at the end: gives the terminal its echo back, and overwrites what was typed ahead. */
  close(): void
}

/**
 * Asks at standard input; the prompts go to standard error, so that standard output may be a pipe. Bytes are taken
 * from the terminal in raw mode and never become a string.
 */
export function secretInput(
  { input, output }: SecretTerminal = { input: process.stdin, output: process.stderr },
): SecretInput {
  const state = { ahead: new Uint8Array(0), raw: false }
  const setRawMode = input.setRawMode?.bind(input)
  const present = input.isTTY === true && setRawMode !== undefined
  return {
    present,
    async line(prompt) {
      if (setRawMode === undefined) throw new CommandError('secret: this is no terminal.', 2)
      setRawMode(true) // before the prompt: whoever types at once is not to be echoed
      state.raw = true
      output.write(prompt)
      try {
        const { typed, rest } = await typedLine(input, state.ahead)
        wipe(state.ahead)
        state.ahead = rest
        return typed
      } finally {
        output.write('\n')
      }
    },
    close() {
      wipe(state.ahead)
      if (state.raw) setRawMode?.(false)
      state.raw = false
    },
  }
}

interface Line {
  readonly typed: Uint8Array
  readonly rest: Uint8Array<ArrayBuffer>
}

function typedLine(input: SecretTerminal['input'], ahead: Uint8Array): Promise<Line> {
  return new Promise((resolve, reject) => {
    const buffer = new Uint8Array(SECRET_BYTES_MAX)
    let length = 0
    let overflow = false
    const over = (line: Line | CommandError): void => {
      input.off('data', take).off('end', gone).pause()
      wipe(buffer)
      if (line instanceof CommandError) reject(line)
      else resolve(line)
    }
    const take = (chunk: Uint8Array | string): void => {
      const line =
        typeof chunk === 'string' ? new CommandError('secret: the terminal gives text.') : typing(chunk)
      if (typeof chunk !== 'string') wipe(chunk)
      if (line !== undefined) over(line)
    }
    /** The line, once Enter is among the bytes. */
    const typing = (chunk: Uint8Array): Line | CommandError | undefined => {
      for (const [at, byte] of chunk.entries()) {
        if (byte === 0x03) return new CommandError('secret: cancelled.')
        if (byte === 0x0d || byte === 0x0a) {
          if (overflow) return new CommandError(`secret: more than ${SECRET_BYTES_MAX} bytes.`)
          return { typed: buffer.slice(0, length), rest: Uint8Array.from(chunk.subarray(at + 1)) }
        }
        if (byte === 0x1b) return undefined // an arrow or another key that is no character
        if (byte === 0x7f || byte === 0x08) length = Math.max(0, length - 1)
        else if (byte === 0x15) length = 0
        else if (byte >= 0x20 && length < buffer.length) buffer[length++] = byte
        else if (byte >= 0x20) overflow = true
      }
      return undefined
    }
    const gone = (): void => over(new CommandError('secret: the terminal is gone.'))
    input.on('data', take).on('end', gone).resume()
    if (ahead.length > 0) take(ahead.slice())
  })
}

/**
 * All bytes of a file descriptor, to its end: a pipe that a program made for this secret. The caller wipes them.
 * Throws CommandError, which names `what`, where the descriptor is not open, gives nothing or more than 512 bytes.
 */
export function secretFromDescriptor(fd: number, what: string): Uint8Array {
  const buffer = new Uint8Array(SECRET_BYTES_MAX + 1)
  let length = 0
  try {
    for (;;) {
      const got = readSome(fd, buffer.subarray(length), what)
      length += got
      if (length > SECRET_BYTES_MAX) {
        throw new CommandError(`${what}: file descriptor ${fd} gives more than ${SECRET_BYTES_MAX} bytes.`)
      }
      if (got === 0) break
    }
    if (length === 0) throw new CommandError(`${what}: file descriptor ${fd} gives nothing.`)
    return buffer.slice(0, length)
  } finally {
    wipe(buffer)
  }
}

function readSome(fd: number, into: Uint8Array, what: string): number {
  for (let wait = 0; wait < WAITS_MAX; wait++) {
    try {
      return readSync(fd, into)
    } catch (error) {
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') {
        throw new CommandError(`${what}: file descriptor ${fd} cannot be read; is it open?`, 2)
      }
      // A pipe that does not block, and whose writer has written nothing yet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS)
    }
  }
  throw new CommandError(`${what}: file descriptor ${fd} gave nothing for ${(WAITS_MAX * WAIT_MS) / 1000} s.`)
}
