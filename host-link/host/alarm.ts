/** What an operator of the host should look at. Counted since the start; the books hold what is durable of it. */
export type Alarm =
  | 'badFrame' // bytes that are no frame of ours
  | 'badMessage' // a frame that is no message
  | 'unknownTerminal'
  | 'unknownMerchant'
  | 'foreignSerial' // a sign-on by another device than the one provisioned
  | 'foreignTerminal' // inside a channel, a terminal number that is not of the device that was authenticated
  | 'channelRefused' // a handshake or a channel that is not right: certificate, key, or bytes
  | 'plainRefused' // a stream without a channel, where only those are taken
  | 'badMac'
  | 'conflict' // one key, two contents (rule P6), or a reversal of other content than what is booked
  | 'badKeys' // keys in the books that do not open
  | 'noMasterKey' // a terminal signed on whose master key this host was never given: its station's export is to be imported
  | 'keyRefused' // a terminal asked for a master key that nobody ordered, or whose own key we do not know
  | 'keyFault' // a loading of a master key went wrong: another key than ours, or a wrong proof
  | 'internal' // our own fault: the connection was closed

export type Alarms = { readonly [name in Alarm]?: number }

export interface AlarmBell {
  ring(alarm: Alarm): void
  counts(): Alarms
}

/** Keeps what is rung until it is known that it counts: a transaction may be run more than once. */
export interface HeldBell {
  readonly bell: AlarmBell
  /** Forgets what was rung since. */
  hush(): void
  /** Rings it. */
  release(): void
}

export function heldBell(outer: AlarmBell): HeldBell {
  let rung: Alarm[] = []
  return {
    bell: { ring: (alarm) => void rung.push(alarm), counts: outer.counts },
    hush() {
      rung = []
    },
    release() {
      for (const alarm of rung) outer.ring(alarm)
      rung = []
    },
  }
}

/** Counts alarms and tells `heard` of each; `heard` must not throw. */
export function alarmBell(heard: ((alarm: Alarm) => void) | undefined): AlarmBell {
  const counts: { [name in Alarm]?: number } = {}
  return {
    ring(alarm) {
      counts[alarm] = (counts[alarm] ?? 0) + 1
      heard?.(alarm)
    },
    counts: () => ({ ...counts }),
  }
}
