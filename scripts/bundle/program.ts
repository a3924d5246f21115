import { NEXT_SCRIPT, scriptsOf } from '../../terminal/boot/scripts.ts'
import { CommandError } from '../command-error.ts'

/** The scripts in one program, in the order in which they are evaluated. CommandError where one holds the line that parts them. */
export function programText(scripts: readonly string[]): string {
  const text = scripts.map((script) => `${script.trimEnd()}\n`).join(NEXT_SCRIPT)
  if (scriptsOf(text).length !== scripts.length)
    throw new CommandError(`a script of the program has the line that parts scripts: ${NEXT_SCRIPT.trim()}`)
  return text
}
