import type { TransactionName } from '../wire/transaction.ts'
import { judgeActivation } from './activation.ts'
import { judgeBillCash, judgeBillPayment, judgeBillQuery } from './bill.ts'
import { judgeAccountTopUp, judgeTransfer } from './card-move.ts'
import { judgeCashSale } from './cash.ts'
import type { Context, Decision } from './context.ts'
import { judgeBalance, judgePointsEnquiry } from './enquiry.ts'
import { judgeInstalment, judgeQuote } from './instalment.ts'
import type { Judge } from './judge.ts'
import { judgeInspection, parameters, parametersEnd, serviceInfo, statusUpload } from './management.ts'
import { VOIDED } from './originals.ts'
import { judgePinChange } from './pin-change.ts'
import { judgePointsSale } from './points.ts'
import { judgeCompletion, judgeCompletionAdvice, judgePreauth, judgePreauthVoid } from './preauth.ts'
import { judgeRefund } from './refund.ts'
import { statusInquiry } from './reversal.ts'
import { judgeSale } from './sale.ts'
import { judgeTopUp, judgeTopUpConfirm, judgeTopUpVerify, judgeTopUpVoid } from './top-up.ts'
import { judgeVoid } from './void.ts'

/**
 * What each kind of transaction does, one row a kind. A request comes here once its MAC, merchant and key are in order,
 * and it is no repeat; what its judge finds is booked with its answer (`booking.ts`).
 */
// biome-ignore format: one row a kind
export const judges: { readonly [Name in TransactionName]?: Judge } = {
  sale:             judgeSale,
  voidSale:         judgeVoid(...VOIDED.voidSale),
  refund:           judgeRefund,
  balanceEnquiry:   judgeBalance,
  preauth:          judgePreauth,
  preauthVoid:      judgePreauthVoid,
  completion:       judgeCompletion,
  completionVoid:   judgeVoid(...VOIDED.completionVoid),
  completionAdvice: judgeCompletionAdvice,
  instalmentQuote:  judgeQuote,
  instalment:       judgeInstalment,
  instalmentVoid:   judgeVoid(...VOIDED.instalmentVoid),
  pointsSale:       judgePointsSale,
  pointsVoid:       judgeVoid(...VOIDED.pointsVoid),
  pointsEnquiry:    judgePointsEnquiry,
  cashSale:         judgeCashSale,
  cashVoid:         judgeVoid(...VOIDED.cashVoid),
  topUpVerify:      judgeTopUpVerify,
  topUp:            judgeTopUp,
  topUpConfirm:     judgeTopUpConfirm,
  topUpVoid:        judgeTopUpVoid,
  accountTopUp:     judgeAccountTopUp,
  transfer:         judgeTransfer,
  activation:       judgeActivation,
  pinChange:        judgePinChange,
  billQuery:        judgeBillQuery,
  billPayment:      judgeBillPayment,
  billCash:         judgeBillCash,
  inspection:       judgeInspection,
}

/** Kinds that are answered without being booked under a key: they have no trace, or only ask. */
export const answerers: { readonly [Name in TransactionName]?: (context: Context) => Decision } = {
  statusInquiry,
  serviceInfo,
  parameters,
  parametersEnd,
  tmsParameters: parameters,
  tmsParametersEnd: parametersEnd,
  statusUpload,
}
