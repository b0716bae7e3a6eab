/** Three digits are enough to compare by. */
export function milliseconds(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ms`;
}

export function times(ratio: number): string {
  return `× ${ratio.toLocaleString('en', { maximumFractionDigits: ratio >= 10 ? 0 : 1 })}`;
}
