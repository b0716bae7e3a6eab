import type { CatalogObject } from '@app/catalog';
import type { Severity } from '../check.ts';

/** `properties`: those that differ; none where the object is missing or extra. */
export function severityOf(object: CatalogObject, properties: readonly string[]): Severity {
  const { kind } = object;
  if (kind === 'grant' || kind === 'default privilege' || kind === 'policy') return 'high';
  if (properties.some((property) => OPEN_OR_CLOSE.has(property))) return 'high';
  // security_invoker and security_barrier are options of a view.
  if (kind === 'view' && properties.includes('options')) return 'high';
  if (kind === 'comment' || kind === 'statistics' || (kind === 'index' && !object.unique)) return 'low';
  return properties.length > 0 && properties.every((property) => STORAGE.has(property)) ? 'low' : 'medium';
}

const OPEN_OR_CLOSE = new Set(['owner', 'row level security', 'forced row level security', 'security', 'settings']);
const STORAGE = new Set(['storage', 'options']);
