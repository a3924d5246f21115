/** What the page's server says of a terminal at the download service 下载服务, and what it can be asked to do there. */
export interface DownloadDesk {
  /** Version of the release that would be offered next. */
  readonly next: string
  /** As the terminal last reported it. */
  readonly terminal: {
    readonly online: boolean
    readonly locked: boolean
    /** Its parameters are those of the service. */
    readonly upToDate: boolean
    readonly version?: string
    readonly trial: boolean
    readonly download?: { readonly state: string; readonly percent: number; readonly code: number }
  }
  /** What was brought to it last; `state` as the service counts it. */
  readonly target?: {
    readonly name: string
    readonly state: string
    readonly zh: string
    readonly en: string
    readonly code: number
  }
  /** The parameter that the panel changes. */
  readonly parameter?: {
    readonly zh: string
    readonly en: string
    readonly value: number
    readonly reported: string
  }
  /** Who can log in at the console page, all with this password. */
  readonly people: readonly string[]
  readonly password: string
  readonly console: string
}
