import type { JSX } from 'preact'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { Text } from '../text.ts'

interface Face {
  readonly key: Key
  /** What is printed on the key. */
  readonly print: string
  readonly letters?: string
  readonly colour?: 'red' | 'yellow' | 'green'
}

/** 功能键: the row under the glass. */
// biome-ignore format: as they stand
const functionRow: readonly Face[] = [
  { key: 'f1', print: 'F1' }, { key: 'f2', print: 'F2' },
  { key: 'up', print: '▲' },  { key: 'down', print: '▼' },
  { key: 'f3', print: 'F3' }, { key: 'f4', print: 'F4' },
]

/** Telephone order with CANCEL right of 3, CLEAR right of 6 and ENTER last (EN 1332-3), in reading order. */
// biome-ignore format: as they stand
const pad: readonly Face[] = [
  { key: '1', print: '1', letters: 'QZ.' },  { key: '2', print: '2', letters: 'ABC' }, { key: '3', print: '3', letters: 'DEF' },  { key: 'cancel', print: '取消', colour: 'red' },
  { key: '4', print: '4', letters: 'GHI' },  { key: '5', print: '5', letters: 'JKL' }, { key: '6', print: '6', letters: 'MNO' },  { key: 'clear', print: '清除', colour: 'yellow' },
  { key: '7', print: '7', letters: 'PRS' },  { key: '8', print: '8', letters: 'TUV' }, { key: '9', print: '9', letters: 'WXY' },  { key: 'enter', print: '确认', colour: 'green' },
  { key: 'menu', print: '菜单' },            { key: '0', print: '0', letters: '+-*' },  { key: '00', print: '00' },
]

interface Props {
  readonly text: Text
  readonly locale: 'zh' | 'en'
  /** The secure element takes a PIN: the keys look it. */
  readonly secure: boolean
  /** Key held down on the computer's keyboard; not shown while a PIN is typed. */
  readonly held: Key | undefined
  press(key: Key): void
}

/** 键盘: real buttons, so that mouse, touch, keyboard and screen reader all press them. */
export function Keypad({ text, locale, secure, held, press }: Props): JSX.Element {
  const key = (face: Face) => (
    <KeyButton
      key={face.key}
      face={face}
      text={text}
      locale={locale}
      down={!secure && held === face.key}
      press={press}
    />
  )
  return (
    <fieldset class={secure ? 'keypad secure' : 'keypad'} aria-label={secure ? text.secure : text.keypad}>
      <div class="function-row">{functionRow.map(key)}</div>
      <div class="secure-note" role="status">
        {secure ? text.secure : ''}
      </div>
      <div class="pad">{pad.map(key)}</div>
    </fieldset>
  )
}

interface KeyProps {
  readonly face: Face
  readonly text: Text
  readonly locale: 'zh' | 'en'
  readonly down: boolean
  press(key: Key): void
}

function KeyButton({ face, text, locale, down, press }: KeyProps): JSX.Element {
  const name = nameOf(face, text)
  const english = { cancel: 'CANCEL', clear: 'CLEAR', enter: 'ENTER', menu: 'MENU' }[face.key as string]
  return (
    <button
      type="button"
      class={`key ${face.colour ?? ''} ${down ? 'down' : ''} key-${face.key}`}
      data-testid={`key-${face.key}`}
      aria-label={name}
      onClick={() => press(face.key)}
    >
      <span class="print">{locale === 'en' && english ? english : face.print}</span>
      {face.letters ? <span class="letters">{face.letters}</span> : null}
      {face.colour ? <Mark colour={face.colour} /> : null}
      {face.key === '5' ? <span class="dot" /> : null}
    </button>
  )
}

/** Tactile marks of the function keys: cross, bar, ring (EN 1332-3). */
function Mark({ colour }: { readonly colour: 'red' | 'yellow' | 'green' }): JSX.Element {
  const path = {
    red: 'M4 4l8 8M12 4l-8 8',
    yellow: 'M10 3 5 8l5 5',
    green: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3',
  }
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d={path[colour]} />
    </svg>
  )
}

function nameOf(face: Face, text: Text): string {
  const names: { readonly [key: string]: string } = {
    '00': text.key00,
    enter: text.keyEnter,
    clear: text.keyClear,
    cancel: text.keyCancel,
    menu: text.keyMenu,
    up: text.keyUp,
    down: text.keyDown,
  }
  return names[face.key] ?? face.print
}
