import type { JSX } from 'preact'
import type { Picture } from '../../device/ports.ts'
import type { Text } from '../text.ts'

interface Props {
  readonly picture: Picture | undefined
  readonly text: Text
}

/** Status icons beside the grid: line quality, 已签到, 待冲正, no paper, and the lock of the secure element. */
export function StatusIcons({ picture, text }: Props): JSX.Element {
  const icons = picture?.lit ? picture.icons : undefined
  const quality = picture?.lit ? picture.quality : 0
  return (
    <div class="status" role="img" aria-label={spoken(picture, text)}>
      <Bars quality={quality} />
      <Icon on={icons?.signedOn ?? false} path="M3 8.5 6.5 12 13 4.5" title={text.signedOn} />
      <Icon on={icons?.owed ?? false} path="M4 6h7.5a3 3 0 0 1 0 6H6M6.5 3 3.5 6l3 3" title={text.owed} />
      <Icon on={icons?.paperOut ?? false} path="M4 2.5h8v8M4 2.5v11h4M2 2l12 12" title={text.paperOut} />
      <span class="spring" />
      <Icon
        on={picture?.secure ?? false}
        path="M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5"
        title={text.secureEntry}
      />
      <Battery on={picture?.lit ?? false} />
    </div>
  )
}

function Icon({ on, path, title }: { on: boolean; path: string; title: string }): JSX.Element {
  return (
    <svg class={on ? 'icon on' : 'icon'} viewBox="0 0 16 16" aria-hidden="true">
      <title>{title}</title>
      <path d={path} />
    </svg>
  )
}

function Bars({ quality }: { quality: number }): JSX.Element {
  return (
    <svg class="bars" viewBox="0 0 16 16" aria-hidden="true">
      {[1, 2, 3, 4].map((bar) => (
        <rect
          key={bar}
          class={bar <= quality ? 'on' : ''}
          x={bar * 4 - 4}
          y={14 - bar * 3}
          width="3"
          height={bar * 3}
        />
      ))}
    </svg>
  )
}

function Battery({ on }: { on: boolean }): JSX.Element {
  return (
    <svg class={on ? 'icon on' : 'icon'} viewBox="0 0 20 16" aria-hidden="true">
      <path d="M1.5 4.5h14v7h-14zM17.5 7v2" />
      {on ? <rect x="3" y="6" width="11" height="4" class="fill" /> : null}
    </svg>
  )
}

function spoken(picture: Picture | undefined, text: Text): string {
  if (!picture?.lit) return '—'
  const { icons, quality, secure } = picture
  return [
    `${text.quality} ${quality}/4`,
    icons.signedOn ? text.signedOn : text.notSignedOn,
    icons.owed ? text.owed : '',
    icons.paperOut ? text.paperOut : '',
    secure ? text.secureEntry : '',
  ]
    .filter((word) => word !== '')
    .join(', ')
}
