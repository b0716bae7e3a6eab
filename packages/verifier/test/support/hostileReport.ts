import type { Report } from '../../src/report/report.ts';
import { exampleReport } from './exampleReport.ts';

/** A name that a database may contain: markup, control characters, a lone surrogate and a long word. */
export const HOSTILE = `<script src="https://example.org/x.js"></script><img src=x onerror="alert(1)"> ' " & ]]> \u0000\u001b[2J\u202e\ud800 ${'long'.repeat(60)}`;

/** Properties whose values the verifier chooses. */
const OWN = new Set(['kind', 'status', 'severity', 'outcome', 'bootstrap', 'mode', 'keys', 'onDelete']);

/** The example report of a live database, in which every name and text of the project is hostile. */
export function hostileReport(): Report {
  return hostile({ ...exampleReport(), target: 'host:5432/shop' }) as Report;
}

function hostile(value: unknown, property = ''): unknown {
  if (typeof value === 'string') return OWN.has(property) ? value : HOSTILE;
  if (Array.isArray(value)) return value.map((item) => hostile(item, property));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hostile(item, name)]));
}
