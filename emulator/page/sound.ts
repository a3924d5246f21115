/** Beeps of the device. Browsers allow sound only after the first touch or key; before it there is silence. */
export interface Beeper {
  beep(sound: 'key' | 'good' | 'bad'): void
}

// biome-ignore format: one row a sound
const sounds = {
  //      Hz,  times, seconds
  key:  [2300, 1, 0.03],
  good: [2700, 1, 0.15],
  bad:  [1200, 3, 0.09],
} as const

export function makeBeeper(): Beeper {
  let context: AudioContext | undefined
  return {
    beep(sound) {
      if (navigator.userActivation?.hasBeenActive === false) return
      context ??= new AudioContext()
      const [frequency, times, seconds] = sounds[sound]
      for (let count = 0; count < times; count++) {
        const oscillator = context.createOscillator()
        const volume = context.createGain()
        oscillator.type = 'square'
        oscillator.frequency.value = frequency
        volume.gain.value = 0.015
        oscillator.connect(volume).connect(context.destination)
        const start = context.currentTime + count * seconds * 1.8
        oscillator.start(start)
        oscillator.stop(start + seconds)
      }
    },
  }
}
