import { textOf } from '../../terminal/screen/text.ts'
import { captionOf, leadOf } from './captions.ts'
import type { Chapter, Show, Topic } from './chapter.ts'
import { chapters } from './chapters.ts'
import { codeRows } from './codes.ts'
import { drawFrames, drawSlip, type Frame } from './draw.ts'
import { front } from './front.ts'
import { messages } from './messages.ts'
import { isIdle, type Part, textOfPicture } from './record.ts'
import { mistakes } from './trouble.ts'

/** The book. */
export function bookOf(recorded: Recorded): string {
  const lines = [
    ...front,
    ...chapters.flatMap((chapter, index) => [
      ...chapterLines(chapter, index + 1, recorded),
      ...(chapter === mistakes ? lists(`${index + 1}`, chapter.topics.length + 1) : []),
    ]),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

/** Names of the scenarios that the book shows. */
export function scenarioNames(): readonly string[] {
  const shows = chapters.flatMap(({ topics }) => topics.flatMap((topic) => topic.shows))
  return [...new Set(shows.map(({ scenario }) => scenario))]
}

/** What the screen may say, and the codes of the host, each with what to do. */
function lists(chapter: string, first: number): string[] {
  const groups = messages.flatMap(({ title, rows }) => [
    `**${title}**`,
    '',
    '| 屏幕上的话 | 怎么办 |',
    '| --- | --- |',
    ...rows.map(([key, advice]) => `| ${textOf('zh', key)} | ${advice} |`),
    '',
  ])
  return [
    `### ${chapter}.${first} 屏幕上的话`,
    '',
    ...groups,
    `### ${chapter}.${first + 1} 主机的应答码`,
    '',
    '交易失败时，第一行是两位应答码和它的意思。表中没有的码按“没有扣款”处理，再三出现请联系客服。',
    '',
    '| 码 | 屏幕上的话 | 怎么办 |',
    '| --- | --- | --- |',
    ...codeRows().map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ]
}

/** What a scenario gave, by its name without `.txt`. */
export type Recorded = { readonly [scenario: string]: readonly Part[] }

/** The lines of a chapter in Markdown; `number` is its place in the book. */
function chapterLines(chapter: Chapter, number: number, recorded: Recorded): string[] {
  const { title, intro, topics } = chapter
  return [
    `## ${number} ${title}`,
    '',
    ...(intro === undefined ? [] : [intro, '']),
    ...topics.flatMap((topic, index) => topicLines(topic, `${number}.${index + 1}`, recorded)),
  ]
}

function topicLines(topic: Topic, number: string, recorded: Recorded): string[] {
  const { title, what, who, care, shows } = topic
  return [
    `### ${number} ${title}`,
    '',
    what,
    '',
    `- **谁可以做**：${who}`,
    ...care.map((line) => `- **注意**：${line}`),
    '',
    ...shows.flatMap((shown) => showLines(shown, recorded)),
  ]
}

function showLines({ scenario, part, title, slip }: Show, recorded: Recorded): string[] {
  const found = recorded[scenario]?.[part]
  if (found === undefined) throw new Error(`manual: ${scenario}.txt has no paragraph ${part}`)
  const printed = slip === undefined ? undefined : found.slips[slip]
  if (slip !== undefined && printed === undefined)
    throw new Error(`manual: paragraph ${part} of ${scenario}.txt prints no slip ${slip}`)
  return [
    ...(title === undefined ? [] : [`**${title}**`, '']),
    ...segmentsOf(found).flatMap(({ lead, frames }) => [
      ...(lead === '' ? [] : [lead, '']),
      ...(frames.length === 0 ? [] : block(drawFrames(frames))),
    ]),
    ...(printed === undefined ? [] : ['打印：', '', ...block(drawSlip(printed))]),
  ]
}

/** Frames with what leads to them. */
interface Segment {
  readonly lead: string
  readonly frames: readonly Frame[]
}

/** A frame an act, numbered; and the last screen, where nobody acts on it any more and it is not the waiting one. */
function segmentsOf({ acts, end }: Part): Segment[] {
  const segments: { lead: string; frames: Frame[] }[] = [{ lead: '', frames: [] }]
  let number = 1
  for (let at = 0; at < acts.length; ) {
    const lead = leadOf(acts.slice(at))
    const act = acts[at]
    const current = segments[segments.length - 1]
    if (act === undefined || current === undefined) break
    at += lead?.acts ?? 1
    if (lead === undefined)
      current.frames.push({ picture: act.picture, caption: `${number++}. ${captionOf(act)}` })
    else if (current.frames.length === 0) current.lead = [current.lead, lead.text].filter(Boolean).join('')
    else if (lead.text !== '') segments.push({ lead: lead.text, frames: [] })
  }
  const last = acts[acts.length - 1]?.picture
  const seen = last !== undefined && end !== undefined && textOfPicture(last) === textOfPicture(end)
  if (end !== undefined && !isIdle(end) && !seen)
    segments[segments.length - 1]?.frames.push({ picture: end, caption: '' })
  return segments
}

function block(lines: readonly string[]): string[] {
  return ['```text', ...lines, '```', '']
}
