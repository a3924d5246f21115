import type { JSX } from 'preact'
import type { Slip } from '../preferences.ts'
import type { Text } from '../text.ts'
import { Lines } from './paper.tsx'
import { saveSlipPng } from './paper-png.ts'

interface Props {
  readonly slips: readonly Slip[]
  readonly locale: 'zh' | 'en'
  readonly text: Text
  remove(id: number): void
}

/** 小票: what was torn off, newest first. */
export function Slips({ slips, locale, text, remove }: Props): JSX.Element {
  return (
    <div class="slips" data-testid="slips">
      {slips.length === 0 ? <p class="empty">{text.noSlips}</p> : null}
      {[...slips].reverse().map((slip) => (
        <article key={slip.id} class="slip" data-testid={`slip-${slip.id}`}>
          <header>
            <span>
              {text.printedAt} {new Date(slip.at).toLocaleString(locale === 'zh' ? 'zh-CN' : 'en-GB')}
            </span>
            <button type="button" class="quiet" onClick={() => void saveSlipPng(slip, fileName(slip))}>
              {text.savePng}
            </button>
            <button type="button" class="quiet" onClick={() => remove(slip.id)}>
              {text.remove}
            </button>
          </header>
          <div class="sheet torn">
            <Lines lines={slip.lines} columns={slip.columns} />
          </div>
        </article>
      ))}
    </div>
  )
}

function fileName(slip: Slip): string {
  const stamp = new Date(slip.at).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  return `shuaka-slip-${stamp}-${slip.id}.png`
}
