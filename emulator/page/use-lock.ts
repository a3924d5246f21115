import { useEffect, useState } from 'preact/hooks'

/** A page that is being left may hold the lock this long: no message before it. */
const PATIENCE_MS = 800

/**
 * One tab a terminal: two would write the same flash. `mine` once this tab has it, `theirs` while another one does;
 * when that is closed this tab gets it. Where the browser has no locks (not a secure context), it is `mine`.
 */
export function useLock(serial: string): 'asking' | 'mine' | 'theirs' {
  const [state, setState] = useState<'asking' | 'mine' | 'theirs'>('asking')
  useEffect(() => {
    if (!navigator.locks) {
      setState('mine')
      return
    }
    let release: (() => void) | undefined
    const leaving = new AbortController()
    const timer = setTimeout(() => setState('theirs'), PATIENCE_MS)
    const held = (): Promise<void> => {
      clearTimeout(timer)
      setState('mine')
      return new Promise((resolve) => {
        release = resolve
      })
    }
    navigator.locks.request(`shuaka.${serial}`, { signal: leaving.signal }, held).catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    })
    return () => {
      clearTimeout(timer)
      leaving.abort()
      release?.()
      setState('asking')
    }
  }, [serial])
  return state
}
