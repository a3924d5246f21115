import { playHeadless } from '../../emulator/console/headless.ts'
import type { TerminalSetup } from '../../emulator/console/worker-words.ts'
import type { PaperLine, Picture } from '../../emulator/device/ports.ts'
import type { Line, Step } from '../../emulator/scenario/scenario.ts'
import { textOf } from '../../terminal/screen/text.ts'

/** Something a person does in a scenario, and the screen they see when they do it. */
export interface Act {
  readonly steps: readonly Step[]
  readonly picture: Picture
}

/** What happens in one paragraph of a scenario file: its lines from one blank line to the next. */
export interface Part {
  readonly acts: readonly Act[]
  /** The screen of the last thing that is looked at, where nobody acts on it any more. */
  readonly end: Picture | undefined
  /** Slips that came out as a whole. */
  readonly slips: readonly (readonly PaperLine[])[]
}

/**
 * Plays a scenario and gives what was done, seen and printed in each of its paragraphs.
 *
 * @throws Error with the report of the failure when it does not go as written.
 */
export async function record(setup: TerminalSetup, text: string, file: string): Promise<readonly Part[]> {
  const paragraphs = paragraphsOf(text)
  const parts = Array.from({ length: Math.max(...paragraphs) + 1 }, newPart)
  let part = parts[0] ?? newPart()
  let line: Line | undefined
  let acted = false
  let picture: Picture | undefined
  let lit: Picture | undefined
  let slip: PaperLine[] = []

  const ended = (): void => {
    if (line?.step.kind === 'expect' && line.step.where === 'screen') part.end = lit
  }
  const report = await playHeadless(setup, text, file, {
    observer: {
      screen: (next) => {
        picture = next
        if (next.lit) lit = next // when the scenario is over the power goes
      },
      paper: (paper) => slip.push(paper),
      slipEnd: () => {
        part.slips.push(slip)
        slip = []
      },
      wire: () => undefined,
    },
    began(next) {
      ended()
      // What passes by itself is seen here or nowhere.
      if (next.step.kind === 'wait' && part.end !== undefined)
        part.acts.push({ steps: [next.step], picture: part.end })
      line = next
      acted = false
      part = parts[paragraphs[next.number - 1] ?? 0] ?? part
    },
    ready() {
      if (acted || line === undefined || picture === undefined) return
      acted = true
      part.end = undefined
      part.acts.push({ steps: [line.step], picture })
    },
  })
  ended()
  if (!report.passed) throw new Error(report.text)
  return parts.map(({ acts, end, slips }) => ({ acts: joined(acts), end, slips }))
}

interface OpenPart {
  readonly acts: Act[]
  end: Picture | undefined
  readonly slips: PaperLine[][]
}
const newPart = (): OpenPart => ({ acts: [], end: undefined, slips: [] })

/** For each line of a file the number of its paragraph, from 0. */
function paragraphsOf(text: string): number[] {
  const lines = text.split('\n')
  let paragraph = 0
  return lines.map((line, index) => {
    if (line.trim() !== '' && index > 0 && lines[index - 1]?.trim() === '') paragraph++
    return paragraph
  })
}

/**
 * Digits and the enter behind them are one act, on the screen that asked for them; so is what happens without power, what
 * happens to line or paper while one screen stands, and the test of all keys.
 */
function joined(acts: readonly Act[]): readonly Act[] {
  const list: Act[] = []
  for (const act of acts) {
    const before = list[list.length - 1]
    if (before === undefined || !isOne(before, act)) list.push(act)
    else {
      const steps = isKeyTest(act) ? before.steps : [...before.steps, ...act.steps]
      list[list.length - 1] = { ...before, steps }
    }
  }
  return list
}

function isOne(before: Act, act: Act): boolean {
  if (!act.picture.lit || (isKeyTest(before) && isKeyTest(act))) return true
  const [step] = act.steps
  const last = before.steps[before.steps.length - 1]
  if (step?.kind === 'press' && step.key === 'enter' && last?.kind === 'type') return true
  const happened = last?.kind === 'link' || last?.kind === 'paper'
  return happened && !isIdle(act.picture) && textOfPicture(before.picture) === textOfPicture(act.picture)
}

/** The page of the self-test that wants every key. */
export function isKeyTest({ picture }: Act): boolean {
  return textOfPicture(picture).includes(`${textOf('zh', 'testKeysLeft')}: `)
}

export function textOfPicture(picture: Picture): string {
  return picture.rows.map(({ text }) => text).join('\n')
}

/** Whether this is the terminal waiting for work, with its main menu. */
export function isIdle(picture: Picture): boolean {
  return /1 消费 .*2 余额查询/.test(textOfPicture(picture))
}
