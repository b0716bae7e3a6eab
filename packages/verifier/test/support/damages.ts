import { readFileSync } from 'node:fs';

/** A manual change of the library's database, and the findings that it causes. */
export interface Damage {
  readonly what: string;
  /** Statements that run as superuser. */
  readonly sql: string;
  /** By name of each finding, a part of its differences. */
  readonly named: Readonly<Record<string, string>>;
  readonly severity: 'high' | 'medium' | 'low';
  /** The report prints no statement for it. */
  readonly byHand: boolean;
}

/** Paragraphs of a comment `-- what (severity)`, a comment `--   finding => part of its differences` for each finding, and SQL. */
function readDamages(file: string): Damage[] {
  const [, ...paragraphs] = readFileSync(new URL(file, import.meta.url), 'utf8').split('\n\n');
  return paragraphs.map((paragraph) => {
    const [, what = '', severity = '', byHand] = /^-- (.*) \((\w+)(, by hand)?\)$/m.exec(paragraph) ?? [];
    const findings = [...paragraph.matchAll(/^-- {3}(.*) => (.*)$/gm)].map(([, name, part]) => [name, part]);
    const named: Record<string, string> = Object.fromEntries(findings);
    return { what, sql: paragraph, named, severity: severity as Damage['severity'], byHand: byHand !== undefined };
  });
}

export const DAMAGES = readDamages('damages.sql');
export const SEPARATE_DAMAGES = readDamages('separateDamages.sql');
