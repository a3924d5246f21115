import { type Chapter, screens, show } from './chapter.ts'

const withSupervisor = '收银员操作，主管输入密码'

/** 撤销退货, 预授权, 分期. */
export const undoing: readonly Chapter[] = [
  {
    title: '撤销退货',
    intro:
      '当天还没有结算的交易用**撤销**，凭证号在签购单上；已经结算的用**退货**，凭原签购单上的交易参考号和日期。一笔交易只能撤销一次，撤销本身不能再撤销。',
    topics: [
      {
        title: '消费撤销',
        what: '整笔撤销本批次内的一笔消费。屏幕先显示原交易，核对无误再确认。',
        who: withSupervisor,
        care: [
          '核对金额、凭证号、卡号后四位，三样都对才按确认键。',
          '屏幕说“未撤销”，原交易仍然有效；说“或已撤销,待核实”，先不要退钱给顾客，等终端自动核实。',
        ],
        shows: [show('void', 1), screens('void', 2, '已经撤销过：终端不再撤销')],
      },
      {
        title: '退货',
        what: '把已结算的消费全部或一部分退回原卡。各次退货合计不能超过原来实付的金额。',
        who: withSupervisor,
        care: [
          '必须用原来那张卡；参考号 12 位、日期（月日）都在原签购单上。',
          '退货是通知类交易：断网时先记账，签购单印“待上送”，恢复后自动上送。',
          '上送后若被主机拒绝，待机画面会提示，并打印“上送拒绝通知单”：请主管联系持卡人处理。',
        ],
        shows: [show('refund', 1), show('refund', 2, '断网时退货，恢复后被主机拒绝', 2)],
      },
      {
        title: '充值撤销、积分撤销',
        what: '撤销本批次内的一笔充值或积分消费。',
        who: withSupervisor,
        care: ['充值撤销成功后才把现金退给持卡人；卡里的钱已经花掉的，不能撤销。'],
        shows: [show('member-void', 1, '充值撤销'), screens('member-void', 3, '积分撤销')],
      },
    ],
  },
  {
    title: '预授权',
    intro:
      '押金一类的收款：先冻结，后结账。预授权码（6 位）是后面几步的钥匙，成功后屏幕显示、签购单也印着，请交给持卡人保管一联。',
    topics: [
      {
        title: '预授权',
        what: '冻结持卡人的一笔钱，还没有收。',
        who: '收银员；持卡人输入密码',
        care: ['记下预授权码和日期。没有完成的预授权，到期由发卡行自动解冻。'],
        shows: [show('preauth', 0)],
      },
      {
        title: '预授权完成（请求）',
        what: '按实际金额结账，联机得到应答。金额最多是预授权的 115%。',
        who: '收银员；持卡人刷卡、输入密码',
        care: ['一笔预授权只能完成一次；多冻结的部分同时解冻。'],
        shows: [show('preauth', 1)],
      },
      {
        title: '预授权完成（通知）',
        what: '不用密码；断网时先记账，恢复后自动上送。卡不在场时可以手输卡号和有效期。',
        who: '收银员',
        care: ['上送后被拒绝会有提示和“上送拒绝通知单”，这笔钱没有收到。'],
        shows: [screens('preauth', 3)],
      },
      {
        title: '预授权撤销',
        what: '不结账了，把冻结的钱全部放开。',
        who: withSupervisor,
        care: ['金额必须与预授权相同。撤销以后不能再完成。'],
        shows: [show('preauth-void', 1)],
      },
      {
        title: '完成撤销',
        what: '撤销本批次内的一笔预授权完成。钱退回，原来的冻结恢复，可以重新完成。',
        who: withSupervisor,
        care: ['输入的是完成那张签购单上的凭证号。'],
        shows: [screens('preauth', 2)],
      },
    ],
  },
  {
    title: '分期付款',
    topics: [
      {
        title: '分期消费',
        what: '持卡人分几期还给发卡行，商户当天全额入账。刷卡后只列出这张卡、这个金额可用的方案。',
        who: '收银员；持卡人看过试算再输入密码',
        care: [
          '确认之前请持卡人看清首期、每期和手续费（上下键翻页）。按确认键就是接受。',
          '应答与试算不一致时终端自动冲正，没有扣款，请重做一笔。',
        ],
        shows: [show('instalment', 0), screens('instalment', 2, '金额不够任何方案')],
      },
      {
        title: '分期撤销',
        what: '整笔撤销本批次内的一笔分期消费，以后各期也不再扣。从 8 → 4 → 2 也能进入。',
        who: withSupervisor,
        care: ['已结算的分期用退货。'],
        shows: [screens('instalment', 1)],
      },
    ],
  },
]
