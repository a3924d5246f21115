import { useEffect, useState } from 'preact/hooks'
import type { Refusal } from './api.ts'

/** What became of a question to the server. `answer` stays while it is asked again. */
export interface Loaded<Answer> {
  readonly answer: Answer | undefined
  readonly error: string | undefined
  /** HTTP status of the error; 0 where the server did not answer. */
  readonly status: number
  readonly loading: boolean
}

/** Asks `api/<question>`, and again when it or `turn` changes. No question: nothing is asked. */
export function useAnswer<Answer>(question: string | undefined, turn: number): Loaded<Answer> {
  const [state, setState] = useState<Loaded<Answer> & { readonly of: string | undefined }>({
    ...{ answer: undefined, error: undefined, status: 0, loading: true, of: undefined },
  })
  // `turn` is no part of the question: it only asks again.
  useEffect(() => {
    if (question === undefined) return undefined
    let wanted = true
    setState((old) => ({ ...old, loading: true }))
    fetchAnswer<Answer>(question).then(
      (answer) => wanted && setState({ answer, error: undefined, status: 200, loading: false, of: question }),
      (error: unknown) => {
        const words = faultOf(error)
        const status = error instanceof Refused ? error.status : 0
        if (wanted) setState({ answer: undefined, error: words, status, loading: false, of: question })
      },
    )
    return () => {
      wanted = false
    }
  }, [question, turn])
  // An answer to another question is none.
  if (state.of !== question || question === undefined)
    return { answer: undefined, error: undefined, status: 0, loading: true }
  return state
}

/** What `faultOf` says where the server did not answer: nobody may be there. */
export const OFFLINE = 'offline'

/** The server's sentence, or `OFFLINE`. */
export function faultOf(error: unknown): string {
  return error instanceof Refused ? error.message : OFFLINE
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, sentence: string) {
    super(sentence)
    this.status = status
  }
}

/** Rejects with the sentence of the server. */
export async function fetchAnswer<Answer>(question: string): Promise<Answer> {
  const response = await fetch(`api/${question}`, { cache: 'no-store' })
  const answer = (await response.json()) as Answer | Refusal
  if (!response.ok) throw new Refused(response.status, (answer as Refusal).error)
  return answer as Answer
}

/** `day?date=2026-11-21`. */
export function ask(name: string, values: { readonly [name: string]: string | number }): string {
  const words = Object.entries(values).map(([key, value]) => [key, String(value)])
  return `${name}?${new URLSearchParams(words)}`
}
