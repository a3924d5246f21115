import type { PrintLine } from '../../device/printer.ts'
import type { Pos } from '../../pos.ts'
import { confirm } from '../../screen/input.ts'
import { showPage, t } from '../../screen/page.ts'

/**
 * Prints a report that nothing hangs on, with as many new rolls of paper as it takes; with new paper it begins again. At most
 * 200 lines. `begins` is called once, when there is paper. False: the operator left it.
 */
export async function printReport(
  pos: Pos,
  title: string,
  lines: readonly PrintLine[],
  begins: () => void = () => undefined,
): Promise<boolean> {
  const { printer } = pos.device
  for (let begun = false; ; ) {
    if (printer.paper() === 'out') {
      const question = { title: t(pos, 'paperOut'), lines: [t(pos, 'paperLoad')], hint: t(pos, 'hintPaper') }
      if ((await confirm(pos, question)).kind !== 'yes') return false
      if (printer.paper() === 'out') continue
    }
    if (!begun) begins()
    begun = true
    showPage(pos, { title, lines: [{ text: t(pos, 'printing'), align: 'centre' }] })
    const result = await printer.print(lines)
    if (result.kind === 'printed') return true
    if (result.kind === 'paperOut') continue
    const again = await confirm(pos, { title, lines: [t(pos, 'printerFault')], extra: [t(pos, 'printNow')] })
    if (again.kind !== 'yes') return false
  }
}
