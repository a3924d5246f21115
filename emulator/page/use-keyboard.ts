import { useEffect, useRef, useState } from 'preact/hooks'
import type { Key } from '../../terminal/device/keypad.ts'
import { strokeOf } from './keyboard.ts'

interface Handlers {
  press(key: Key): void
  /** Swipes the card of this place in the wallet; nothing where there is none. */
  swipeAt(index: number): void
}

/** Keys of the computer that press keys of the terminal; gives the one held down, for the eye. */
export function useKeyboard(handlers: Handlers): Key | undefined {
  const [held, setHeld] = useState<Key>()
  const latest = useRef(handlers)
  latest.current = handlers
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const stroke = strokeOf(event)
      if (stroke === undefined) return
      event.preventDefault()
      if (event.repeat) return
      if (stroke.kind === 'card') latest.current.swipeAt(stroke.index)
      else {
        setHeld(stroke.key)
        latest.current.press(stroke.key)
      }
    }
    const up = (): void => setHeld(undefined)
    // A mouse that presses a button or drags the paper leaves the focus where it is: Enter stays the terminal's 确认.
    const mouse = (event: MouseEvent): void => {
      const at = event.target instanceof Element ? event.target : undefined
      if (at?.closest('button, summary, .paper-view')) event.preventDefault()
    }
    window.addEventListener('keydown', down)
    window.addEventListener('keyup', up)
    window.addEventListener('blur', up)
    document.addEventListener('mousedown', mouse)
    return () => {
      window.removeEventListener('keydown', down)
      window.removeEventListener('keyup', up)
      window.removeEventListener('blur', up)
      document.removeEventListener('mousedown', mouse)
    }
  }, [])
  return held
}
