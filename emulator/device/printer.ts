import type { Printer, PrintLine, PrintResult } from '../../terminal/device/printer.ts'
import { cutToWidth, isUndrawable } from '../../terminal/screen/width.ts'
import type { Body } from './body.ts'
import type { Bus } from './bus.ts'
import type { PaperLine } from './ports.ts'

export const LINE_MS = 50
export const LINES_MAX = 200
export const FEED_LINES_MAX = 20

/** The paper moves one line: what is on it then, which entry of the call it belongs to, and whether to tear after it. */
interface Step {
  readonly paper: PaperLine
  readonly entry: number
  readonly tear: boolean
}

/** The printer; the roll that is in it belongs to the body. */
export function makePrinter(bus: Bus, body: Body, columns: number): Printer {
  let printing = false

  function run(steps: readonly Step[], at: number, done: (result: PrintResult) => void): void {
    const step = steps[at]
    if (step === undefined) {
      done({ kind: 'printed' })
      return
    }
    const out: PrintResult = { kind: 'paperOut', printedLines: step.entry }
    if (body.linesLeft === 0) {
      done(out)
      return
    }
    bus.after(LINE_MS, () => {
      if (body.linesLeft === 0) {
        done(out) // taken out under the head
        return
      }
      if (body.linesLeft !== undefined) body.linesLeft--
      bus.observer.paper(step.paper)
      if (step.tear) bus.observer.slipEnd()
      run(steps, at + 1, done)
    })
  }

  return {
    columns: () => columns,
    paper: () => (body.linesLeft === 0 ? 'out' : 'ok'),
    print(lines) {
      bus.show()
      if (printing) return Promise.resolve({ kind: 'busy' })
      checkLines(lines)
      const steps = lines.flatMap((line, entry) => stepsOf(line, entry, columns))
      printing = true
      return new Promise((resolve) => {
        run(steps, 0, (result) => {
          printing = false
          resolve(result)
        })
      })
    },
  }
}

function stepsOf(line: PrintLine, entry: number, columns: number): Step[] {
  if ('feed' in line) {
    // Blank lines are paper too.
    const paper: PaperLine = { text: '', align: 'left', size: 'normal' }
    return Array.from({ length: line.feed }, (_, at) => ({ paper, entry, tear: at === line.feed - 1 }))
  }
  const { align, size } = line
  const text = cutToWidth(drawable(line.text), size === 'large' ? columns / 2 : columns)
  return [{ paper: { text, align, size }, entry, tear: false }]
}

/** Throws RangeError for more than 200 lines or a feed that is not 1 to 20: the application's fault, nothing printed. */
function checkLines(lines: readonly PrintLine[]): void {
  if (lines.length > LINES_MAX) throw new RangeError(`print: at most ${LINES_MAX} lines, got ${lines.length}`)
  for (const line of lines) {
    if ('feed' in line && !(Number.isInteger(line.feed) && line.feed >= 1 && line.feed <= FEED_LINES_MAX)) {
      throw new RangeError(`print: a feed is 1 to ${FEED_LINES_MAX} lines, got ${line.feed}`)
    }
  }
}

function drawable(text: string): string {
  return Array.from(text, (character) => (isUndrawable(character) ? ' ' : character)).join('')
}
