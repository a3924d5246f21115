import { same } from '../../host-link/wire/bytes.ts'
import type { LockArgument } from '../../host-link/wire/tms/command.ts'
import type { Pos } from '../pos.ts'

/** Setting: why the terminal is locked from afar, GBK, Chinese and English with a zero between; empty: it is not. */
const SETTING_REMOTE_LOCK = 15
const BYTES_MAX = 200

/** 锁机 by the service, with why; undefined: unlocked. It stands over power cuts and updates. False: could not be kept. */
export function keepLock(pos: Pos, why: LockArgument | undefined): boolean {
  const kept = pos.journal.setting(SETTING_REMOTE_LOCK) ?? new Uint8Array(0)
  const bytes =
    why === undefined
      ? new Uint8Array(0)
      : pos.device.charset.encodeGbk(`${why.zh}\0${why.en}`).slice(0, BYTES_MAX)
  return same(kept, bytes) || pos.journal.set(SETTING_REMOTE_LOCK, bytes) === 'written'
}

/** Why the service has locked the terminal, in its language, perhaps empty; undefined: it has not. */
export function remoteLock(pos: Pos): string | undefined {
  const kept = pos.journal.setting(SETTING_REMOTE_LOCK)
  if (!kept?.length) return undefined
  const [zh = '', en = ''] = pos.device.charset.decodeGbk(kept).split('\0')
  return pos.session.locale === 'zh' ? zh : en
}
