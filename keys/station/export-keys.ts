import { hexOf } from '../../host-link/wire/bytes.ts'
import type { Core, Zmk } from './core.ts'
import { timeOf } from './core.ts'
import type { StoredTerminal } from './terminals.ts'
import { versionText } from './zmk.ts'

/** Name of the format of the file that the host imports. */
export const KEYS_FORMAT = 'shuaka-station-keys 1'

/**
 * The file for the host: the key that each terminal has proved to hold, as a key block under the ZMK. The block's optional
 * block LB is `serial/slot`, which the host compares: blocks that were swapped in the file are found out. Every export has
 * all keys, old ones too: `transaction` and `time` of a loading let the host tell which it has had already.
 */
export function exportedKeys(core: Core, station: string, zmk: Zmk, rows: readonly StoredTerminal[]): string {
  const keys = rows.map(
    ({
      serial,
      terminalId,
      slot,
      algorithm,
      keyVersion,
      state,
      transaction,
      time,
      checkValue,
      keyBlock,
    }) => ({
      ...{
        serial,
        terminalId,
        slot,
        algorithm,
        keyVersion: versionText(keyVersion),
        state,
        transaction: transaction && hexOf(transaction),
        time,
        checkValue,
        keyBlock,
      },
    }),
  )
  const { algorithm, bytes, checkValue } = zmk
  const file = {
    format: KEYS_FORMAT,
    station,
    time: timeOf(core.nowMs()),
    zmk: { algorithm, bytes, checkValue },
    keys,
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/**
 * The row of a terminal with the key that the host is to know, as the terminal may be using it: while a new one is only
 * sent that is the one before it. Nothing where there is none.
 */
export function forHost(row: StoredTerminal): StoredTerminal | undefined {
  const { state, transaction, keyBlock, before } = row
  if (state === 'proven' || state === 'loaded')
    return keyBlock === undefined || transaction === undefined ? undefined : row
  return before && { ...row, ...before, state: 'loaded' }
}
