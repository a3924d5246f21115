import type { JSX } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { SalesReport } from '../../../host-link/host/report.ts'
import { fetchJson } from '../setup.ts'
import type { Text } from '../text.ts'

interface Props {
  readonly text: Text
  /** Changes whenever the host has answered: the books are read again then. */
  readonly answers: number
}

/** 账本: what the host has booked today, by store of the mall. */
export function Books({ text, answers }: Props): JSX.Element {
  const [report, setReport] = useState<SalesReport>()
  const [error, setError] = useState<string>()

  const load = useCallback(async () => {
    try {
      setReport(await fetchJson<SalesReport>(`api/report?date=${today()}`))
      setError(undefined)
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem))
    }
  }, [])
  useEffect(() => {
    void load()
  }, [load, answers])

  return (
    <div class="books" data-testid="books">
      <div class="log-tools">
        <span>
          {text.booksHint} · {today()}
        </span>
        <a class="quiet" href="clearing/" target="_blank" rel="noopener">
          {text.clearing}
        </a>
        <button type="button" class="quiet" onClick={() => void load()}>
          {text.refresh}
        </button>
      </div>
      {error ? <p class="empty">{error}</p> : null}
      {report && report.total.sales === 0 ? <p class="empty">{text.noSales}</p> : null}
      {report && report.total.sales > 0 ? <Table report={report} text={text} /> : null}
    </div>
  )
}

function Table({ report, text }: { readonly report: SalesReport; readonly text: Text }): JSX.Element {
  const most = Math.max(1, ...report.stores.map((store) => store.netFen))
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{text.store}</th>
          <th scope="col" class="number">
            {text.count}
          </th>
          <th scope="col" class="number">
            {text.reversed}
          </th>
          <th scope="col" class="number">
            {text.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {report.stores.map((store) => (
          <tr key={`${store.merchantId} ${store.storeNumber}`} data-testid={`store-${store.storeNumber}`}>
            <th scope="row">
              <span class="store-number">{store.storeNumber === '-' ? text.noStore : store.storeNumber}</span>{' '}
              {store.storeName}
              <span class="share" style={{ width: `${(100 * store.netFen) / most}%` }} />
            </th>
            <td class="number">{store.sales}</td>
            <td class="number">{store.reversed}</td>
            <td class="number">{yuan(store.netFen)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{text.total}</th>
          <td class="number">{report.total.sales}</td>
          <td class="number">{report.total.reversed}</td>
          <td class="number">{yuan(report.total.netFen)}</td>
        </tr>
      </tfoot>
    </table>
  )
}

/** 12345 → 123.45; fen stay integers all the way. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${whole}.${digits.slice(-2)}`
}

/** The day of the local clock, YYYY-MM-DD. */
function today(): string {
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}
