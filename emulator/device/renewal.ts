import type { RenewResult } from '../../terminal/device/secure.ts'
import { type Bus, makeWait } from './bus.ts'
import type { StartTalk, Talk, TalkEnd } from './key-talk.ts'

/** 远程密钥下载, without a screen of its own: nobody is asked for anything. */
export interface Renewal {
  readonly pending: boolean
  begin(start: StartTalk, slot: number, timeoutMs: number): Promise<RenewResult>
  cancel(): void
  /** The cable was pulled. */
  unplugged(): void
  /** The power is gone. */
  drop(): void
}

export function makeRenewal(bus: Bus): Renewal {
  let talk: Talk | undefined
  const wait = makeWait<RenewResult>(bus)

  /** Ends it from here: what was staged stays staged, and the next conversation is told of it. */
  function leave(result: RenewResult): void {
    if (!wait.pending) return
    talk?.stop()
    wait.settle(result)
  }
  return {
    get pending() {
      return wait.pending
    },
    begin(start, slot, timeoutMs) {
      const waiting = wait.begin(timeoutMs, { kind: 'timeout' })
      if (!wait.pending) return waiting // 0 ms: no host answers at once
      const own = start({
        connected: () => undefined,
        loading: () => undefined,
        over: (end) => wait.settle(resultOf(end, slot)),
      })
      talk = own
      return waiting.then((result) => {
        if (result.kind === 'timeout') own.stop()
        return result
      })
    },
    cancel: () => leave({ kind: 'cancelled' }),
    unplugged: () => leave({ kind: 'noLine' }),
    drop: () => talk?.stop(),
  }
}

/** A key for another slot than the one asked for was loaded all the same; it is no answer to this question. */
function resultOf(end: TalkEnd, slot: number): RenewResult {
  switch (end.kind) {
    case 'loaded':
      if (end.slot !== slot) return { kind: 'failed', why: 'slot' }
      return { kind: 'renewed', checkValue: end.checkValue }
    case 'noPeer':
      return { kind: 'noLine' }
    case 'refused':
    case 'failed':
      return end
  }
}
