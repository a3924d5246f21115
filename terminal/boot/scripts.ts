/**
 * A line of its own between two scripts of one program: a comment, so that all of it is still one script for whoever does not
 * know the line. Which scripts hold no such line, the build makes sure (docs/device.md).
 */
export const NEXT_SCRIPT = '//# next script\n'

/** The scripts of a program in the order in which they are evaluated, each as soon as the one before has ended. */
export function scriptsOf(text: string): string[] {
  return text.split(`\n${NEXT_SCRIPT}`)
}
