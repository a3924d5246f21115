import { downloadStates } from '../../../wire/tms/states.ts'
import type { DownloadState } from '../../api-terminals.ts'
import type { Ui } from '../ui.ts'
import { sayAny } from '../words.ts'

type Words = Pick<Ui, 'say' | 'pick'>

export function downloadName({ pick }: Words, state: DownloadState): string {
  const row = downloadStates.find((one) => one.state === state)
  return row === undefined ? state : pick(row)
}

/** `15 程序校验不符`. */
export function codeText({ say }: Words, code: number): string {
  const name = `code.${code}`
  const text = sayAny(say, name)
  return text === name ? String(code) : `${code} ${text}`
}

/** A figure of a terminal, as `paper` 2: `缺纸`. */
export function factText({ say }: Words, name: string, value: string): string {
  return sayAny(say, `${name}.${value}`, value)
}

const REPORT = /^(.*) in (\w+)( on trial)?, (\w+)(?: (\d+) %)?(?:, code (\d+))?$/s

/** A report in one line (`report.ts`); another event as it stands. */
export function eventText(ui: Words, text: string): string {
  const [, version, place = '', trial, state = '', percent = '', code] = REPORT.exec(text) ?? []
  if (version === undefined) return text
  const { say } = ui
  const known = downloadStates.find((one) => one.state === state)
  const download = known === undefined ? state : ui.pick(known)
  return [
    `${version} ${sayAny(say, `place.${place}`, place)}${trial === undefined ? '' : ` ${say('trialNow')}`}`,
    `${download}${state === 'receiving' ? ` ${percent} %` : ''}`,
    ...(code === undefined ? [] : [codeText(ui, Number(code))]),
  ].join(' · ')
}
