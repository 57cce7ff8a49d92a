/**
 * `factor progress` as a picture (SVG 1.1): a row of bars for each outcome over the same days, distinguished by place
 * and words, never by colour; its description has the numbers.
 */
import type { DayCounts, Progress } from '../use-cases/factor-progress.ts';
import { forecastInWords } from './progress-lines.ts';

const strips = [
  ['moved', 'Moved to another factor (people)'],
  ['postponed', 'Put off (sign-ins)'],
  ['refused', 'Refused by the last day (sign-ins)'],
  ['stranded', 'No way left (sign-ins)'],
] as const;
type StripName = (typeof strips)[number][0];
const page = { width: 800, left: 60, right: 20, top: 56, strip: 110, bars: 64, foot: 56 };
const small = { 'font-size': 11 };
const bold = { 'font-weight': 'bold' };

export function progressPicture(progress: Progress): string {
  const { factor, since, until, zone, now, forecast, lastDay, client, group } = progress;
  const whom = [client === null ? '' : ` at ${client}`, group === null ? '' : `, group ${group}`].join('');
  const title = `Leaving ${factor}${whom}: ${since} to ${until} (${zone})`;
  const still = `Now: ${now.people} people hold a key of it, ${now.only} of them without a key of another factor; ${now.stranded} would have no way in.`;
  const leads = forecastInWords(forecast, lastDay);
  const height = page.top + strips.length * page.strip + page.foot;
  const outer = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${page.width} ${height}`,
    role: 'img',
    'aria-labelledby': 'title desc',
    'font-family': 'sans-serif',
    'font-size': 13,
  };
  const parts = [
    element('title', { id: 'title' }, [escaped(title)]),
    element('desc', { id: 'desc' }, [escaped(described(progress, leads))]),
    element('rect', { width: page.width, height, fill: '#fff' }),
    textAt(page.left, 20, title, { 'font-size': 16, ...bold }),
    textAt(page.left, 40, still),
    ...strips.flatMap(([name, says], index) => stripOf(progress.days, name, says, page.top + index * page.strip)),
    // A line would be too long for the page.
    ...leads.split('; ').map((part, index) => textAt(page.left, height - page.foot + 24 + index * 16, part, small)),
  ];
  return `${element('svg', outer, parts)}\n`;
}

type Attributes = Readonly<Record<string, string | number>>;

/** @param inside markup, already escaped */
function element(name: string, attributes: Attributes, inside: readonly string[] = []): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  const start = `<${name}${given.join('')}`;
  return inside.length === 0 ? `${start}/>` : `${start}>${inside.join('\n')}</${name}>`;
}

/** Characters that XML does not permit are shown as missing. */
const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\P{C}\n]/gu, '\u{FFFD}');

const textAt = (x: number, y: number, text: string, more: Attributes = {}): string =>
  element('text', { x, y, fill: '#000', ...more }, [escaped(text)]);

function described({ days, now, counts }: Progress, leads: string): string {
  const totals = strips.map(([name, says]) => `${says}: ${counts[name]}.`).join(' ');
  const byDay = days
    .filter((one) => strips.some(([name]) => one.counts[name] > 0))
    .map((one) => `${one.day}: ${strips.map(([name]) => `${name} ${one.counts[name]}`).join(', ')}.`);
  return [`Still on it: ${now.people}, ${now.only} without a key of another factor.`, totals, leads, ...byDay].join(
    '\n',
  );
}

function stripOf(days: readonly DayCounts[], name: StripName, says: string, top: number): readonly string[] {
  const right = page.width - page.right;
  const base = top + 24 + page.bars;
  const most = Math.max(1, ...days.map(({ counts }) => counts[name]));
  const wide = (right - page.left) / Math.max(1, days.length);
  const bars = days.map(({ day, counts }, index) => {
    const high = (counts[name] / most) * page.bars;
    const [x, y] = [page.left + index * wide, base - high].map((place) => place.toFixed(1));
    const size = { width: Math.max(0.5, wide * 0.8).toFixed(1), height: high.toFixed(1) };
    const tip = element('title', {}, [escaped(`${day}: ${counts[name]}`)]);
    return element('rect', { x: x ?? 0, y: y ?? 0, ...size, fill: '#333' }, [tip]);
  });
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  return [
    textAt(page.left, top + 16, says, bold),
    textAt(page.left - 8, base - page.bars + 10, String(most), { 'text-anchor': 'end' }),
    textAt(page.left - 8, base, '0', { 'text-anchor': 'end' }),
    element('line', { x1: page.left, y1: base, x2: right, y2: base, stroke: '#000' }),
    ...bars,
    ...(first === undefined ? [] : [textAt(page.left, base + 14, first, small)]),
    ...(last === undefined || last === first
      ? []
      : [textAt(right, base + 14, last, { ...small, 'text-anchor': 'end' })]),
  ];
}
