import type { CatalogObject } from '@app/catalog';
import type { Severity } from '../check.ts';

/** @param properties names of the properties that differ; none for a missing or extra object */
export function severityOf(object: CatalogObject, properties: readonly string[]): Severity {
  const { kind } = object;
  if (kind === 'grant' || kind === 'default privilege' || kind === 'policy') return 'high';
  if (properties.some((property) => ACCESS_PROPERTIES.has(property))) return 'high';
  // The options security_invoker and security_barrier of a view decide who sees its rows.
  if (kind === 'view' && properties.includes('options')) return 'high';
  if (kind === 'comment' || kind === 'statistics' || (kind === 'index' && !object.unique)) return 'low';
  return properties.length > 0 && properties.every((property) => STORAGE_PROPERTIES.has(property)) ? 'low' : 'medium';
}

const ACCESS_PROPERTIES = new Set(['owner', 'row level security', 'forced row level security', 'security', 'settings']);
const STORAGE_PROPERTIES = new Set(['storage', 'options']);
