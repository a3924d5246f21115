import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Preferences } from '../preferences.ts'
import type { Choice } from '../protocol.ts'
import type { PageState } from '../state.ts'
import type { Text } from '../text.ts'
import type { Hands } from '../use-hands.ts'

const ARMED_MS = 4000

interface Props {
  readonly text: Text
  readonly hands: Hands
  readonly state: PageState
  readonly preferences: Preferences
  readonly serial: string
  readonly serials: readonly string[]
  /** Steps recorded so far; undefined: not recording. */
  readonly recorded: number | undefined
  prefer(change: Partial<Preferences>): void
  record(): void
}

/** 实验台: what a hand can do to the device besides its keys, and which device it is. */
export function Lab(props: Props): JSX.Element {
  const { text, hands, state, preferences, recorded, prefer } = props
  return (
    <section class="panel lab" aria-labelledby="lab-title">
      <header>
        <h2 id="lab-title">{text.lab}</h2>
        <Switch
          id="sound"
          label={text.sound}
          on={preferences.sound}
          flip={(sound) => prefer({ sound })}
          small
        />
      </header>
      <div class="switches">
        <Switch
          id="power"
          label={text.power}
          on={state.powered}
          says={[text.on, text.off]}
          flip={hands.setPower}
        />
        <Switch
          id="cable"
          label={text.cable}
          on={state.cable}
          says={[text.plugged, text.pulled]}
          flip={hands.setCable}
        />
        <Switch
          id="paper"
          label={text.paperRoll}
          on={state.paperLoaded}
          says={[text.loaded, text.empty]}
          flip={hands.setPaper}
        />
      </div>
      <Choices {...props} />
      <div class="actions">
        <button
          type="button"
          data-testid="record"
          class={recorded === undefined ? '' : 'recording'}
          onClick={props.record}
        >
          {recorded === undefined ? text.record : `${text.stopRecording} · ${recorded} ${text.steps}`}
        </button>
        <button type="button" data-testid="reload" onClick={hands.reload}>
          {text.reload}
        </button>
        <Sure id="tamper" says={text.tamper} sure={text.tamperSure} act={hands.tamper} />
        {state.keys.tampered ? (
          <button type="button" data-testid="service" onClick={hands.service}>
            {text.service}
          </button>
        ) : null}
        <Sure id="erase" says={text.erase} sure={text.eraseSure} act={hands.erase} />
      </div>
      <Keys {...props} />
      <p class="hint keys">{text.keys}</p>
    </section>
  )
}

/** The service socket with the injection station in it, and what the secure element holds. */
function Keys({ text, hands, state, preferences, prefer }: Props): JSX.Element {
  const { keys, station } = state
  const address = useRef<HTMLInputElement>(null)
  const plug = (): void => {
    address.current?.blur() // or it would keep the keys from the terminal
    hands.setStation(station ? undefined : preferences.station)
  }
  return (
    <>
      <div class="row station">
        <span>{text.station}</span>
        <span class="segments">
          <input
            ref={address}
            type="text"
            data-testid="station-address"
            aria-label={text.station}
            value={preferences.station}
            disabled={station}
            spellcheck={false}
            onInput={(event) => prefer({ station: event.currentTarget.value.trim() })}
            onKeyDown={(event) => {
              if (event.key === 'Enter') plug()
            }}
          />
          <button type="button" data-testid="station" aria-pressed={station} onClick={plug}>
            {station ? text.pullOut : text.plugIn}
          </button>
        </span>
      </div>
      <div class="key-state" data-testid="key-state" title={text.keyState}>
        {keys.tampered ? <b>{text.tampered}</b> : keys.rows.length === 0 ? text.noKeys : null}
        {keys.rows.map(({ slot, usage, checkValue }) => (
          <span key={`${slot}${usage}`}>
            {slot} {usage} <code>{checkValue}</code>
          </span>
        ))}
      </div>
    </>
  )
}

/** Which device it is: model, language and dialect, and which terminal where there are several. */
function Choices({ text, hands, preferences, serial, serials, prefer }: Props): JSX.Element {
  const { model, locale, dialect } = preferences
  const choose = (change: Partial<Choice>): void => {
    prefer(change)
    hands.choose({ model, locale, dialect, ...change })
  }
  return (
    <>
      <Options
        id="model"
        label={text.model}
        value={model}
        options={[
          ['compact', text.compact],
          ['standard', text.standard],
        ]}
        choose={(next) => choose({ model: next })}
      />
      <Options
        id="locale"
        label={text.language}
        value={locale}
        options={[
          ['zh', '中文'],
          ['en', 'English'],
        ]}
        choose={(next) => choose({ locale: next })}
      />
      <Options
        id="dialect"
        label={text.dialect}
        value={dialect}
        options={[
          ['cup', text.cup],
          ['cbor', text.cbor],
        ]}
        choose={(next) => choose({ dialect: next })}
      />
      {serials.length > 1 ? (
        <label class="row">
          <span>{text.terminal}</span>
          <select
            data-testid="terminal"
            value={serial}
            onChange={(event) => {
              event.currentTarget.blur() // or it would keep the keys from the terminal
              prefer({ serial: event.currentTarget.value })
            }}
          >
            {serials.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      ) : null}
    </>
  )
}

interface SureProps {
  readonly id: string
  readonly says: string
  readonly sure: string
  act(): void
}

/** Asks by itself: the first press arms it, the second within `ARMED_MS` acts. */
function Sure({ id, says, sure, act }: SureProps): JSX.Element {
  const [armed, setArmed] = useState(false)
  useEffect(() => {
    if (!armed) return
    const timer = setTimeout(() => setArmed(false), ARMED_MS)
    return () => clearTimeout(timer)
  }, [armed])
  return (
    <button
      type="button"
      data-testid={id}
      class={armed ? 'danger armed' : 'danger'}
      onClick={() => {
        if (armed) act()
        setArmed(!armed)
      }}
    >
      {armed ? sure : says}
    </button>
  )
}

interface SwitchProps {
  readonly id: string
  readonly label: string
  readonly on: boolean
  /** The words for on and off. */
  readonly says?: readonly [string, string]
  readonly small?: boolean
  flip(on: boolean): void
}

function Switch({ id, label, on, says, small = false, flip }: SwitchProps): JSX.Element {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      class={`switch ${small ? 'small' : ''} switch-${id}`}
      data-testid={id}
      onClick={() => flip(!on)}
    >
      <span class="rail">
        <span class="knob" />
      </span>
      <span class="switch-label">{label}</span>
      {says ? <span class="says">{on ? says[0] : says[1]}</span> : null}
    </button>
  )
}

interface OptionsProps<T extends string> {
  readonly id: string
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [T, ComponentChildren])[]
  choose(value: T): void
}

function Options<T extends string>({ id, label, value, options, choose }: OptionsProps<T>): JSX.Element {
  return (
    <fieldset class="row options" aria-label={label}>
      <span>{label}</span>
      <span class="segments">
        {options.map(([option, shown]) => (
          <button
            key={option}
            type="button"
            aria-pressed={option === value}
            data-testid={`${id}-${option}`}
            onClick={() => {
              if (option !== value) choose(option)
            }}
          >
            {shown}
          </button>
        ))}
      </span>
    </fieldset>
  )
}
