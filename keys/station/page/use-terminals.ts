import { useEffect, useState } from 'preact/hooks'
import type { TerminalsAnswer } from './api.ts'
import { ask } from './ask.ts'
import type { Ui } from './ui.ts'

const NONE: TerminalsAnswer = { terminals: [] }

/** The terminals as they are now, read again when the station says that something changed. */
export function useTerminals({ state: { revision }, act }: Ui): TerminalsAnswer {
  const [answer, setAnswer] = useState(NONE)
  useEffect(() => {
    let wanted = true
    ask<TerminalsAnswer>('terminals').then(
      (fresh) => wanted && setAnswer(fresh),
      () => undefined, // the state is asked for each second, and says what is wrong
    )
    return () => {
      wanted = false
    }
  }, [revision, act])
  return answer
}
