import type { TextKey } from '../../terminal/screen/text.ts'

/**
 * Texts that tell the cashier nothing to act on: names of functions, questions, hints, captions of figures, what is going
 * on. A new text of the terminal goes here or into `messages.ts`.
 */
// biome-ignore format: as many a line as fit
export const labels: readonly TextKey[] = [
  'sale', 'balanceEnquiry', 'print', 'reprintLast', 'manage', 'signOn', 'echoTest', 'reversal',
  'cashierLogOn', 'changePassword', 'language', 'version', 'hintChoose', 'hintIdle', 'hintIdleMore',
  'hintEnter', 'hintInput', 'hintCancel', 'hintYesNo', 'hintMore', 'askStore', 'storeNumber', 'store',
  'askAmount', 'amount', 'askCard', 'askCashier', 'askPassword', 'askOldPassword', 'askNewPassword',
  'askNewAgain', 'cashier', 'card', 'connecting', 'waiting', 'signingOn', 'reversing', 'printing',
  'balance', 'signedOn', 'echoGood', 'milliseconds', 'tearMerchant', 'enterNextCopy', 'loggedOn',
  'hintPaper', 'saleCardRead', 'printNow', 'slipTitle', 'merchantCopy', 'cardholderCopy', 'merchantName',
  'merchantId', 'terminalId', 'operator', 'issuer', 'acquirer', 'cardNumber', 'type', 'expiryDate',
  'batchNumber', 'voucher', 'authCode', 'dateTime', 'reference', 'remark', 'duplicate', 'signature',
  'agreement', 'askSupervisor', 'askApprover', 'forwarding', 'discount', 'cashBack', 'askPan',
  'askExpiry', 'originalAmount', 'paid', 'originalVoucher', 'originalRef', 'originalDate',
  'originalAuth', 'approver', 'notSentYet', 'pointsEarned', 'pointsUsed', 'pointsBalance', 'targetCard',
  'tendered', 'change', 'undoMenu', 'preauthMenu', 'voidSale', 'instalmentVoid', 'pointsVoid',
  'topUpVoid', 'cashVoid', 'completionVoid', 'refund', 'preauth', 'preauthVoid', 'completion',
  'completionAdvice', 'instalment', 'instalmentSale', 'askOriginalTrace', 'askOriginalRef',
  'askOriginalDate', 'askAuthCode', 'hintUndo', 'hintRefund', 'hintAccept', 'voucherShort', 'authCodeIs',
  'terms', 'firstPart', 'eachPart', 'fee', 'firstFee', 'eachFee', 'total', 'termUnit', 'rejectedSlip',
  'memberMenu', 'topUp', 'accountTopUp', 'activation', 'pinChange', 'transfer', 'pointsSale',
  'pointsEnquiry', 'askTopUp', 'askFirstBalance', 'askTransfer', 'mayTopUp', 'cashTaken', 'askSource',
  'askTarget', 'targetNumber', 'targetAgain', 'sourceCard', 'confirming', 'pinChanged', 'newBalance',
  'points', 'otherMenu', 'cashSale', 'askTendered', 'due', 'hintCash', 'payBill', 'askCustomer',
  'byCard', 'byCash', 'serviceInfo', 'servicePrint', 'settle', 'settling', 'uploading', 'settled',
  'debit', 'credit', 'net', 'settleSlip', 'balanced', 'countAmount', 'rejectedAdvices', 'reprintAny',
  'detail', 'totals', 'lastSettlement', 'printFor', 'listEnd', 'query', 'queryVoucher', 'queryCard',
  'queryAmount', 'askVoucher', 'askLastFour', 'hintDetail', 'state', 'stateOwed', 'stateDoubtful',
  'stateApproved', 'stateDeclined', 'stateUndone', 'signOff', 'signedOff', 'download', 'downloading',
  'downloaded', 'restarting', 'statusUpload', 'reportSent', 'inspection', 'askEngineer', 'hintGoodBad',
  'checkScreen', 'checkKeys', 'checkReader', 'checkPrinter', 'checkCase', 'checkCables', 'more',
  'cashiers', 'addCashier', 'deleteCashier', 'resetCashier', 'listCashiers', 'askNewCashier',
  'cashierAdded', 'cashierDeleted', 'cashierReset', 'deleteSure', 'lock', 'locked', 'lockedBy',
  'unlockHow', 'parameters', 'askAdministrator', 'askParameter', 'yes', 'no', 'selfTest', 'testScreen',
  'testKeys', 'testKeysLeft', 'testReader', 'testPrinter', 'testGood',
  'preauthCode', 'partScreen', 'partKeys', 'partReader', 'partPrinter', 'sourceBalance', 'biller',
  'customer', 'billReference', 'keys', 'injectKeys', 'renewKey', 'keyValues', 'keyRenewed',
  'softwareUpdate', 'updateCheck', 'updateAsked', 'updateNow', 'updateSettleNow', 'updateSettled',
  'updateLater', 'updateDefer', 'updateDeadline', 'updateMinutes', 'updateStarts', 'updateSettles',
  'updateTrial', 'updateDone', 'updateStays', 'updateCode', 'updateEmpty', 'updateReceiving',
  'updateVerified', 'updateArmed',
  'updateParameters', 'waitBatch', 'waitWindow', 'waitDeferred', 'checkLine', 'inspectionKept',
]
