import { expect } from 'vitest'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { loadedStore, OTHER_TMK, STAGED, TMK } from '../store/loaded.ts'
import { Book, signsOn, Terminal, talk } from './rig.ts'

// Both sides of one loading, and what must hold of them afterwards.

/** state, load, proof, commit, done, bye. */
export const MESSAGES = 6

/** A terminal with a key and children in slot 1, and a book that has a new one for it. */
export const injected = () => ({ terminal: new Terminal(loadedStore()), book: new Book(STAGED, TMK) })
export const remote = () => ({ terminal: new Terminal(loadedStore(), 1), book: new Book(STAGED, TMK) })
export const first = () => ({ terminal: new Terminal(new KeyStore()), book: new Book(STAGED) })

/** The key in force in slot 1, by what only its holder can do. */
export function inForce(terminal: Terminal): string | undefined {
  return [TMK, STAGED, OTHER_TMK].find((key) => {
    const copy = new Terminal(terminal.store)
    const before = terminal.store.serialize()
    const found = signsOn(copy, key)
    const again = KeyStore.restore(before)
    if (again.kind === 'ok') terminal.store = again.store
    return found
  })
}

/** After whatever happened, one undisturbed session; then the two sides must agree. Gives the key in force. */
export async function agree(terminal: Terminal, book: Book, what: string): Promise<string | undefined> {
  terminal.reboot()
  book.fault = undefined
  const outcome = await talk(terminal, book)
  const done =
    outcome.giver === 'confirmed' || (outcome.giver === 'refused' && book.page.pending === undefined)
  expect(done, what).toBe(true)
  expect(book.page.current, what).toBe(STAGED)
  return inForce(terminal)
}

/** In between: a terminal that is used after the cut. It has exactly one of the keys, and the host knows which. */
export function oldOrNew(terminal: Terminal, book: Book, what: string): void {
  const found = inForce(terminal)
  expect([TMK, STAGED], what).toContain(found)
  if (terminal.only === undefined || book.page.current === undefined) return
  expect(signsOn(terminal, book.page.current), `${what}: the host’s sign-on`).toBe(true)
}

export function flipped(message: Uint8Array, bit: number): Uint8Array {
  const out = message.slice()
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return out
}
