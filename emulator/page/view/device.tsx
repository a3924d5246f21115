import type { JSX } from 'preact'
import type { Key } from '../../../terminal/device/keypad.ts'
import { models } from '../../device/display.ts'
import type { Model } from '../../device/ports.ts'
import type { PageState } from '../state.ts'
import type { Text } from '../text.ts'
import { useScale } from '../use-scale.ts'
import { CardFace, type Swipe } from './card.tsx'
import { Keypad } from './keypad.tsx'
import { Lcd } from './lcd.tsx'
import { Paper } from './paper.tsx'

interface Props {
  readonly state: PageState
  readonly model: Model
  readonly locale: 'zh' | 'en'
  readonly text: Text
  readonly held: Key | undefined
  readonly swipe: Swipe | undefined
  press(key: Key): void
  tear(): void
}

/** The device on the counter: paper above, glass, keys, and the groove for the card at its right. */
export function Device({ state, model, locale, text, held, swipe, press, tear }: Props): JSX.Element {
  const scale = useScale()
  const { columns, rows } = models[model]
  // The small screen has the larger dots: with room for it both glasses are as wide.
  const cellPx = model === 'standard' ? 16 * scale : scale === 2 ? 48 : 32
  const secure = state.powered && (state.picture?.secure ?? false)
  return (
    <div class={`device ${model}`}>
      <Paper roll={state.paper.roll} text={text} tear={tear} />
      <div class="body">
        <div class="lid">
          <div class="slot" />
          <div class="brand">
            <b>SHUAKA</b> 刷卡
          </div>
          <div class={`lamp ${state.powered ? 'on' : ''} ${secure ? 'secure' : ''}`} />
          <div class="model-name">{model === 'compact' ? 'SK-16C' : 'SK-24S'}</div>
        </div>
        <div class="bezel">
          <Lcd
            picture={state.picture}
            powered={state.powered}
            columns={columns}
            rows={rows}
            cellPx={cellPx}
            text={text}
          />
        </div>
        <Keypad text={text} locale={locale} secure={secure} held={held} press={press} />
        <div class="groove" aria-hidden="true">
          <span class="arrow" />
          {swipe ? (
            <div key={swipe.id} class={swipe.bad ? 'swiping bad' : 'swiping'}>
              <CardFace card={swipe.card} />
            </div>
          ) : null}
        </div>
      </div>
    </div>
  )
}
