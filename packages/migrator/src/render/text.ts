/** `850 ms`, `12.3 s`, `4 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The first line of some SQL, cut to `width` characters. */
export function firstLine(sql: string, width = 80): string {
  const line = sql.trimStart().split('\n', 1)[0]?.trimEnd() ?? '';
  const more = line.length > width || sql.trim().includes('\n');
  return more ? `${line.slice(0, width - 2)} …` : line;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
