import { type FlashChip, makeFlashChip, PowerCut } from '../../emulator/device/flash.ts'
import { EMPTY, type Step } from './flash-model.ts'
import { cutsAt, type Fork, fork, openReady, play, type Run, restart, resume } from './flash-run.ts'
import { SMALL } from './flash-script.ts'

const STEPS_AFTER_CUT = 4

/** How many flash operations a run of `steps` takes, and the chip after it. */
export function wholeRun(steps: readonly Step[]): FlashChip {
  const chip = makeFlashChip({ geometry: SMALL })
  play({ chip, model: EMPTY, at: 0 }, openReady(chip), steps)
  return chip
}

/** The states of the chip when the power went at one operation of a run of `steps`, in every way there is. */
export function cutOnce(steps: readonly Step[], operation: number): readonly Fork[] {
  const chip = makeFlashChip({ geometry: SMALL, seed: operation })
  let repeat = () => {}
  const seen: FlashChip = {
    ...chip,
    program: (address, bytes) => {
      repeat = () => void chip.program(address, bytes)
      return chip.program(address, bytes)
    },
    erase: (sector) => {
      repeat = () => void chip.erase(sector)
      return chip.erase(sector)
    },
  }
  chip.cut({ operation, when: 'before' })
  const run: Run = { chip, model: EMPTY, at: 0 }
  untilPowerCut(() => play(run, openReady(seen), steps))
  const before = fork(run)
  return cutsAt(0).map((plan) => {
    const again = resume(chip, before)
    chip.cut({ ...plan, operation: chip.operations() })
    untilPowerCut(repeat)
    return fork(again)
  })
}

function untilPowerCut(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
}

/** All states that one more cut leads to from `from`, at every operation of the restart and the steps after it. */
export function cutAgain(
  steps: readonly Step[],
  chip: FlashChip,
  from: Fork,
  keep: (next: Fork) => void,
  every = 1,
): void {
  for (let operation = 0, going = true; going; operation += every) {
    for (const plan of cutsAt(0)) {
      const run = resume(chip, from)
      chip.cut({ ...plan, operation: chip.operations() + operation })
      try {
        const journal = restart(run, `cut again at operation ${operation}`)
        play(run, journal, steps.slice(0, from.at + STEPS_AFTER_CUT))
        if (chip.powered()) {
          going = false
          break
        }
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error
      }
      keep(fork(run))
    }
  }
}

export function sample<T>(all: readonly T[], count: number): readonly T[] {
  const every = Math.max(1, Math.floor(all.length / count))
  return all.filter((_, i) => i % every === 0)
}
