import { useRef, useState } from 'preact/hooks'
import type { Picture } from '../device/ports.ts'
import { makeRecorder, type Recorder } from './recorder.ts'
import { saveFile } from './view/paper-png.ts'

export interface Recording {
  /** Steps so far; undefined: not recording. */
  readonly steps: number | undefined
  /** Writes something down, while there is a recording. */
  note(write: (into: Recorder) => void): void
  /** Starts, or ends and gives the file to the browser under `title`. */
  toggle(title: string, locale: 'zh' | 'en', picture: Picture | undefined): void
}

/** The recorder of scenario files behind its button. */
export function useRecorder(): Recording {
  const recorder = useRef<Recorder>()
  const [steps, setSteps] = useState<number>()
  return {
    steps,
    note(write) {
      if (recorder.current === undefined) return
      write(recorder.current)
      setSteps(recorder.current.steps)
    },
    toggle(title, locale, picture) {
      if (recorder.current) {
        saveFile(new Blob([recorder.current.finish(title)], { type: 'text/plain' }), 'scenario.txt')
        recorder.current = undefined
      } else {
        recorder.current = makeRecorder(locale)
        if (picture) recorder.current.seen(picture)
      }
      setSteps(recorder.current?.steps)
    },
  }
}
