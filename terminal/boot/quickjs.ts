import { type Board, type Choice, firstStage } from './first-stage.ts'

/** The first stage as a script: the runtime has installed `board` on the global object, and reads `boot.choice`. */
const { board } = globalThis as unknown as { readonly board: Board }

export const choice: Choice = firstStage(board)
