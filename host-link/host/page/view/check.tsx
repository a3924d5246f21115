import type { JSX } from 'preact'
import type { Party } from '../../clearing/shares.ts'
import type { MerchantDay } from '../api.ts'
import { yuan } from '../shown.ts'
import { partyName } from '../terms.ts'
import type { Ui } from '../ui.ts'

const ORDER: readonly Party[] = ['store', 'own', 'mall', 'biller', 'float', 'issuer', 'suspense']

/** 三方核对: the ledger, the sum of all parties, and what is paid out with what is kept back: the same money. */
export function ThreeWays({
  ui: { words, locale },
  merchant: { check, lines },
}: {
  readonly ui: Ui
  readonly merchant: MerchantDay
}): JSX.Element {
  const equal = check.ledgerFen === check.linesFen && check.linesFen === check.paidFen
  const parts = ORDER.map((party) => ({
    party,
    fen: lines.filter((line) => line.party === party).reduce((sum, { grossFen }) => sum + grossFen, 0),
  })).filter(({ party, fen }) => fen !== 0 || lines.some((line) => line.party === party))
  return (
    <div class={`check ${equal ? 'equal' : 'unequal'}`} data-testid="check">
      <p class="ways">
        <b>{words.check}</b>
        <span>
          {words.ledger} <b>{yuan(check.ledgerFen)}</b>
        </span>
        <i aria-hidden="true">{check.ledgerFen === check.linesFen ? '=' : '≠'}</i>
        <span>
          {words.lines} <b>{yuan(check.linesFen)}</b>
        </span>
        <i aria-hidden="true">{check.linesFen === check.paidFen ? '=' : '≠'}</i>
        <span>
          {words.paid} <b>{yuan(check.paidFen)}</b>
        </span>
        <em>{equal ? `✓ ${words.equal}` : `✗ ${words.unequal}`}</em>
      </p>
      <p class="parts">
        {parts.map(({ party, fen }, index) => (
          <span key={party} class={party}>
            {index === 0 ? null : <i aria-hidden="true">＋</i>} {partyName(party, locale)} <b>{yuan(fen)}</b>
          </span>
        ))}
        <span>
          <i aria-hidden="true">＝</i> <b>{yuan(check.linesFen)}</b>
        </span>
      </p>
    </div>
  )
}
