import type { ComponentChildren, JSX } from 'preact'
import { isApproval } from '../../../wire/response-code.ts'
import type { ChainLink, EntryAnswer, EntryDetail } from '../api.ts'
import { ask, useAnswer } from '../load.ts'
import { hrefOf } from '../route.ts'
import { clock, counted, dashed, yuan } from '../shown.ts'
import { answerName, kindName, originName, partyName, payerName, sourceName } from '../terms.ts'
import type { Ui } from '../ui.ts'
import { Waiting } from './notes.tsx'
import { Slip } from './slip.tsx'

/** One transaction: everything that the books hold of it, in words. */
export function EntryView({ ui, sequence }: { readonly ui: Ui; readonly sequence: number }): JSX.Element {
  const { words, locale } = ui
  const { answer, error } = useAnswer<EntryAnswer>(ask('entry', { sequence }), ui.turn)
  if (answer === undefined) return <Waiting ui={ui} error={error} />
  const { entry, chain } = answer
  const [share] = entry.shares
  const up = share ? { party: share.party, name: share.name } : { party: 'all' as const, name: '' }
  return (
    <>
      <div class="heading">
        <a
          class="up"
          href={hrefOf({
            view: 'entries',
            date: dashed(entry.businessDate),
            merchant: entry.merchant,
            ...up,
          })}
        >
          {dashed(entry.businessDate)} {share?.name} {share?.storeName}
        </a>
        <h1>
          {kindName(entry.kind, locale)} <b class="number">{yuan(entry.amountFen)}</b>
          <small> {entry.reference}</small>
        </h1>
        <span class={`badge ${isApproval(entry.code) ? 'cleared' : 'declined'}`}>
          {answerName(entry.code, locale)}
        </span>
      </div>
      {entry.fault === undefined ? null : (
        <p class="error" role="alert">
          {entry.fault}
        </p>
      )}
      <div class="entry">
        <section class="panel" aria-label={words.details}>
          <h2>
            <b>{words.details}</b>
          </h2>
          <Details ui={ui} entry={entry} />
        </section>
        <div class="beside">
          <Slip ui={ui} entry={entry} />
        </div>
        <div class="beside">
          <section class="panel">
            <h2>
              <b>{words.chain}</b> <span>{words.chainHint}</span>
            </h2>
            <Chain ui={ui} chain={chain} sequence={sequence} />
          </section>
          <section class="panel">
            <h2>
              <b>{words.shares}</b>
            </h2>
            <Shares ui={ui} entry={entry} />
          </section>
          {entry.plan.length === 0 ? null : <Plan ui={ui} entry={entry} />}
        </div>
      </div>
    </>
  )
}

/** A line of the list, where there is something to say. */
function Line({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Details({ ui: { locale }, entry }: { readonly ui: Ui; readonly entry: EntryDetail }): JSX.Element {
  const zh = locale === 'zh'
  const text = (chinese: string, english: string, value: string | undefined): JSX.Element | null =>
    value === undefined || value === '' ? null : <Line name={zh ? chinese : english}>{value}</Line>
  const money = (chinese: string, english: string, fen: number): JSX.Element | null =>
    fen === 0 ? null : <Line name={zh ? chinese : english}>{yuan(fen)}</Line>
  const given = (grant: EntryDetail['discount']): string | undefined =>
    grant && `${yuan(grant.fen)} · ${payerName(grant.payer, locale)}`
  const six = (number: number): string => String(number).padStart(6, '0')
  return (
    <dl>
      {text('交易时间', 'Time', `${dashed(entry.date)} ${clock(entry.time)}`)}
      {text('清算日期', 'Business date', dashed(entry.businessDate))}
      {text('应答', 'Result', answerName(entry.code, locale))}
      {text('商户', 'Merchant', `${entry.merchantName} ${entry.merchant}`.trim())}
      {text('门店', 'Store', entry.store && `${entry.store} ${entry.storeName}`)}
      {text('终端', 'Terminal', entry.terminal)}
      {text('批次号 · 流水号', 'Batch · trace', `${six(entry.batch)} · ${six(entry.trace)}`)}
      {text('交易号', 'Reference', entry.reference)}
      {text('账本序号', 'Ledger sequence', String(entry.sequence))}
      {text('卡号', 'Card', entry.pan)}
      {text('资金来源', 'Source of the money', entry.source && sourceName(entry.source, locale))}
      {text('账户', 'Account', entry.account)}
      {text('对方账户', 'Other account', entry.account2)}
      {text('柜员', 'Operator', entry.operator && `${entry.operator} ${entry.operatorName}`)}
      {text('授权人', 'Approver', entry.approver && `${entry.approver} ${entry.approverName}`)}
      {text('交易金额', 'Amount', yuan(entry.amountFen))}
      {text('优惠', 'Discount', given(entry.discount))}
      {text('返现', 'Cash-back', given(entry.cashBack))}
      {text('优惠名称', 'Offer', entry.offer)}
      {text('积分', 'Points', entry.points === 0 ? undefined : counted(entry.points))}
      {text('清算金额', 'Settles for the merchant', yuan(entry.settleFen))}
      {money('账户变动', 'Change of the account', entry.effectFen)}
      {money('对方账户变动', 'Change of the other account', entry.effect2Fen)}
      {text('缴费单位', 'Biller', entry.biller)}
      {text('用户号', 'Customer', entry.customer)}
      {text('账单号', 'Bill', entry.bill)}
      {text('来源', 'Came by', originName(entry.origin, locale))}
    </dl>
  )
}

interface ChainProps {
  readonly ui: Ui
  readonly chain: readonly ChainLink[]
  readonly sequence: number
}

function Chain({ ui: { words, locale }, chain, sequence }: ChainProps): JSX.Element {
  if (chain.length < 2) return <p class="quiet">{words.noChain}</p>
  return (
    <ol class="chain" data-testid="chain">
      {chain.map((link) => (
        <li key={link.sequence} {...(link.sequence === sequence && { 'aria-current': 'true' as const })}>
          <a href={hrefOf({ view: 'entry', sequence: link.sequence })}>
            <span>
              {dashed(link.date)} {clock(link.time)}
            </span>
            <b>{kindName(link.kind, locale)}</b>
            {isApproval(link.code) ? null : <em>{answerName(link.code, locale)}</em>}
            {link.sequence === sequence ? <small>{words.thisOne}</small> : null}
            <span class={`number ${link.settleFen < 0 ? 'minus' : ''}`}>{yuan(link.settleFen)}</span>
          </a>
        </li>
      ))}
    </ol>
  )
}

function Shares({
  ui: { words, locale },
  entry,
}: {
  readonly ui: Ui
  readonly entry: EntryDetail
}): JSX.Element {
  if (entry.shares.length === 0) return <p class="quiet">{words.noShares}</p>
  return (
    <div class="scroll">
      <table data-testid="shares">
        <thead>
          <tr>
            <th scope="col">{words.store}</th>
            <th scope="col" class="number">
              {words.gross}
            </th>
            <th scope="col" class="number">
              {words.fee}
            </th>
            <th scope="col" class="number">
              {words.payOut}
            </th>
          </tr>
        </thead>
        <tbody>
          {entry.shares.map((share) => (
            <tr key={`${share.party}/${share.name}`} class={share.party}>
              <th scope="row">
                {partyName(share.party, locale)} {share.name} {share.storeName}
              </th>
              <td class="number">{yuan(share.grossFen)}</td>
              <td class="number">{yuan(share.feeFen)}</td>
              <td class="number strong">{yuan(share.netFen)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Plan({ ui: { words }, entry }: { readonly ui: Ui; readonly entry: EntryDetail }): JSX.Element {
  return (
    <section class="panel">
      <h2>
        <b>{words.plan}</b>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.part}</th>
            <th scope="col">{words.dueDate}</th>
            <th scope="col" class="number">
              {words.amount}
            </th>
            <th scope="col" class="number">
              {words.fee}
            </th>
          </tr>
        </thead>
        <tbody>
          {entry.plan.map((part) => (
            <tr key={part.number}>
              <th scope="row">{part.number}</th>
              <td>{dashed(part.due)}</td>
              <td class="number">{yuan(part.amountFen)}</td>
              <td class="number">{yuan(part.feeFen)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
