import type { JSX } from 'preact'
import type { EntryDetail } from '../api.ts'
import { clock, dashed, yuan } from '../shown.ts'
import { answerName, kindName } from '../terms.ts'
import type { Ui } from '../ui.ts'

/** The entry as a slip 签购单 would show it, made from the books. */
export function Slip({
  ui: { words, locale },
  entry,
}: {
  readonly ui: Ui
  readonly entry: EntryDetail
}): JSX.Element {
  const zh = locale === 'zh'
  const six = (number: number): string => String(number).padStart(6, '0')
  const paid = entry.amountFen - (entry.discount?.fen ?? 0)
  const lines: readonly (readonly [string, string | undefined])[] = [
    [zh ? '商户号' : 'MERCHANT', entry.merchant],
    [zh ? '终端号' : 'TERMINAL', entry.terminal],
    [zh ? '门店编号' : 'STORE', entry.store && `${entry.store} ${entry.storeName}`],
    [zh ? '柜员' : 'OPERATOR', entry.operator],
    [zh ? '卡号' : 'CARD', entry.pan ?? (entry.cardKind === 'cash' ? words.cash : undefined)],
    [zh ? '批次号' : 'BATCH', six(entry.batch)],
    [zh ? '流水号' : 'TRACE', six(entry.trace)],
    [zh ? '授权码' : 'AUTH', entry.authorisation],
    [zh ? '交易号' : 'REF', entry.reference],
    [zh ? '日期' : 'DATE', `${dashed(entry.date)} ${clock(entry.time)}`],
  ]
  return (
    <figure class="slip">
      <figcaption>
        {words.slip} <span>{words.copyNote}</span>
      </figcaption>
      <div class="paper">
        <p class="shop">{entry.merchantName || entry.merchant}</p>
        <p class="type">{kindName(entry.kind, locale)}</p>
        <dl>
          {lines.map(([name, value]) =>
            value === undefined ? null : (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
          )}
        </dl>
        {entry.discount === undefined ? null : (
          <dl>
            <div>
              <dt>{zh ? '原金额' : 'AMOUNT'}</dt>
              <dd>RMB {yuan(entry.amountFen)}</dd>
            </div>
            <div>
              <dt>{zh ? '优惠' : 'DISCOUNT'}</dt>
              <dd>RMB −{yuan(entry.discount.fen)}</dd>
            </div>
          </dl>
        )}
        <p class="sum">RMB {yuan(paid)}</p>
        <p>{answerName(entry.code, locale)}</p>
      </div>
    </figure>
  )
}
