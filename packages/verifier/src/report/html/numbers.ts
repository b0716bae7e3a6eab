/** Three digits are enough to compare by; whole seconds are read as such. */
export function milliseconds(value: number): string {
  if (value === 0) return '0 ms';
  if (value >= 1_000)
    return `${(value / 1_000).toLocaleString('en', { maximumFractionDigits: value >= 10_000 ? 1 : 2 })} s`;
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ms`;
}

export function times(ratio: number): string {
  return `× ${ratio.toLocaleString('en', { maximumFractionDigits: ratio >= 10 ? 0 : 1 })}`;
}
