/**
 * One rule broken on purpose. The list of them is what shows that the tests hold the rules: a mutant that no test
 * notices is a missing test.
 */
export interface Mutant {
  /** Lower-case words with hyphens, the room first. */
  readonly id: string
  /** What it breaks: a rule P1–P14 of ARCHITECTURE.md (contract 3), a failure row S or R, or the rule in words. */
  readonly rule: string
  /** From the root of the tree. */
  readonly file: string
  /** The exact text to be replaced; occurs once in the file. */
  readonly find: string
  readonly replace: string
  /** Test files, of which one must fail. */
  readonly tests: readonly string[]
  /** What the broken code does, one sentence. */
  readonly does: string
}

/** Text of the file with the mutant in it; undefined unless the place occurs exactly once. */
export function mutated(text: string, { find, replace }: Mutant): string | undefined {
  const at = text.indexOf(find)
  if (find === '' || at < 0 || text.indexOf(find, at + 1) >= 0) return undefined
  return text.slice(0, at) + replace + text.slice(at + find.length)
}
