/** Lets work on the same names go one after the other, in the order in which it came; other work goes beside it. */
export type Queues = <Result>(names: readonly string[], work: () => Promise<Result>) => Promise<Result>

export function queues(): Queues {
  const last = new Map<string, Promise<unknown>>()
  return (names, work) => {
    const before = names.map((name) => last.get(name))
    const mine = Promise.allSettled(before).then(work)
    const settled = mine
      .catch(() => {})
      .then(() => {
        for (const name of names) if (last.get(name) === settled) last.delete(name)
      })
    for (const name of names) last.set(name, settled)
    return mine
  }
}
