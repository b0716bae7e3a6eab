import { readFileSync } from 'node:fs';

/** A manual change of the library's database, and the findings that it causes. */
export interface Damage {
  readonly what: string;
  /** Statements that run as superuser. */
  readonly sql: string;
  /** The name of each finding, and a part of its differences; a name may have several parts. */
  readonly findings: readonly (readonly [name: string, part: string])[];
  readonly severity: 'high' | 'medium' | 'low';
  /** The report prints no statement for it. */
  readonly byHand: boolean;
}

/** A paragraph is a comment `-- what (severity)`, comments `--   name of a finding => part of its differences`, and SQL. */
function readDamages(file: string): Damage[] {
  const [, ...paragraphs] = readFileSync(new URL(file, import.meta.url), 'utf8').split('\n\n');
  return paragraphs.map((paragraph) => {
    const [, what = '', severity = '', byHand] = /^-- (.*) \((\w+)(, by hand)?\)$/m.exec(paragraph) ?? [];
    const findings = [...paragraph.matchAll(/^-- {3}(.*) => (.*)$/gm)].map(
      ([, name = '', part = '']) => [name, part] as const,
    );
    return { what, sql: paragraph, findings, severity: severity as Damage['severity'], byHand: byHand !== undefined };
  });
}

/** The names of the findings of these damages. */
export function namesOf(damages: readonly Damage[]): string[] {
  return [...new Set(damages.flatMap(({ findings }) => findings.map(([name]) => name)))].toSorted();
}

export const DAMAGES = readDamages('damages.sql');
export const SEPARATE_DAMAGES = readDamages('separateDamages.sql');
