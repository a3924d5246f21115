/** 手册: chapters in the order of a working day, each with the functions that belong there. */
export interface Chapter {
  readonly title: string
  readonly intro?: string
  readonly topics: readonly Topic[]
}

export interface Topic {
  readonly title: string
  /** What it is for. */
  readonly what: string
  /** 谁可以做. */
  readonly who: string
  /** 注意. */
  readonly care: readonly string[]
  readonly shows: readonly Show[]
}

/** One paragraph of a scenario file of `test/scenario`: its keys, its screens, and the slip it prints. */
export interface Show {
  readonly scenario: string
  /** From 0. */
  readonly part: number
  /** What this shows, where a topic shows more than one thing. */
  readonly title?: string
  /** Which of its slips is shown, from 0. */
  readonly slip?: number
}

export function show(scenario: string, part: number, title?: string, slip = 0): Show {
  return { scenario, part, slip, ...(title === undefined ? {} : { title }) }
}

/** Without a slip, where it is like one that was shown before. */
export function screens(scenario: string, part: number, title?: string): Show {
  return { scenario, part, ...(title === undefined ? {} : { title }) }
}
