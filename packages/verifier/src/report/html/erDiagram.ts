import dagre from '@dagrejs/dagre';
import type { OutlinedColumn, OutlinedTable } from '../outline.ts';
import { type Html, html } from './html.ts';

/** Sizes for the diagram's monospaced font, which is 14 units high. */
const [CHARACTER_WIDTH, LINE_HEIGHT, PADDING] = [8.5, 22, 10];
/** Precedes a name that differs from what is expected. */
const DIFFERS = '≠';
const [MAX_TABLES, MAX_CHARACTERS] = [60, 44];

interface Box {
  readonly table: OutlinedTable;
  readonly width: number;
  readonly height: number;
}

interface Edge {
  readonly child: string;
  readonly parent: string;
  readonly title: string;
}

/** Tables as boxes, foreign keys as lines from child to parent. A parent in another schema is a box without columns. */
export function erDiagram(tables: readonly OutlinedTable[]): Html {
  const drawn = tables.slice(0, MAX_TABLES);
  const known = new Set(drawn.map(({ identity }) => identity));
  const edges = drawn.flatMap(edgesOf);
  const others = new Set(edges.map(({ parent }) => parent).filter((parent) => !known.has(parent)));
  const outside = [...others].map((identity) => ({ identity, differs: false, columns: [], foreignKeys: [] }));
  const boxes = new Map([...drawn, ...outside].map((table) => [table.identity, boxOf(table)]));
  const { width, height, nodes, lines } = layOut(boxes, edges);
  const left = tables.length - drawn.length;
  const differing = drawn.filter(({ differs }) => differs).map(({ identity }) => identity);
  const label = `${drawn.length} tables and ${edges.length} foreign keys${differing.length > 0 ? `; not as expected: ${differing.join(', ')}` : ''}`;
  return html`<ul class="legend">${differing.length > 0 ? html`<li class="bad"><strong>${DIFFERS}</strong> not as expected: ${differing.join(', ')}</li>` : undefined}
<li>PK primary key</li><li>FK foreign key</li><li>UK unique</li><li>? may be null</li><li>dashed: a table of another schema</li></ul>
<div class="wide" tabindex="0" role="region" aria-label="Diagram of the tables">
<svg class="er" style="--natural:${width}px" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<defs><marker id="many" viewBox="0 0 12 12" refX="11" refY="6" markerWidth="12" markerHeight="12" orient="auto-start-reverse"><path d="M11 1 L1 6 L11 11 M1 6 L11 6"/></marker></defs>
${lines}
${nodes}
</svg></div>
${left > 0 ? html`<p class="dim">${left} more tables are not drawn.</p>` : undefined}
${edges.length > 0 ? html`<details><summary>The ${edges.length} foreign keys in words</summary><ul>${edges.map(({ title }) => html`<li>${title}</li>`)}</ul></details>` : undefined}`;
}

function edgesOf({ identity, foreignKeys }: OutlinedTable): Edge[] {
  return foreignKeys.map(({ columns, references, onDelete }) => ({
    child: identity,
    parent: references,
    title: `${identity} (${columns.join(', ')}) → ${references}, on delete ${onDelete}`,
  }));
}

function boxOf(table: OutlinedTable): Box {
  const { columns } = table;
  const longest = Math.max(
    ...[titleOf(table.identity, table.differs), ...columns.map(lineText)].map(({ length }) => length),
  );
  return {
    ...{ table, width: Math.ceil(longest * CHARACTER_WIDTH + 2 * PADDING) },
    height: LINE_HEIGHT * (1 + columns.length) + (columns.length > 0 ? PADDING : PADDING / 2),
  };
}

/** The text of a column's line, for its width: keys, name, type. */
function lineText(column: OutlinedColumn): string {
  return `${column.keys.join(' ').padEnd(6)}${titleOf(column.name, column.differs)}  ${typeOf(column)}`;
}

function titleOf(name: string, differs: boolean): string {
  return `${differs ? `${DIFFERS} ` : ''}${short(name)}`;
}

const SHORT_TYPES: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'double precision': 'float8',
};

function typeOf({ type, nullable }: OutlinedColumn): string {
  return `${short(SHORT_TYPES[type] ?? type.replace('character varying', 'varchar'))}${nullable ? '?' : ''}`;
}

function short(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;
}

function layOut(boxes: ReadonlyMap<string, Box>, edges: readonly Edge[]) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'RL', nodesep: 28, ranksep: 60, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [identity, { width, height }] of boxes) graph.setNode(identity, { width, height });
  for (const [index, { child, parent }] of edges.entries()) graph.setEdge(child, parent, {}, String(index));
  // The layout puts unconnected tables into one column. Edges that are not drawn place them in rows of three.
  const linked = new Set(edges.flatMap(({ child, parent }) => [child, parent]));
  const alone = [...boxes.keys()].filter((identity) => !linked.has(identity));
  for (const [index, identity] of alone.entries())
    if (index % 3 > 0) graph.setEdge(identity, alone[index - 1], {}, 'row');
  dagre.layout(graph);
  const nodes = [...boxes].map(([identity, box]) => {
    const { x, y } = graph.node(identity);
    return drawBox(box, Math.round(x - box.width / 2), Math.round(y - box.height / 2));
  });
  const lines = edges.map(({ child, parent, title }, index) => {
    const points: { x: number; y: number }[] = graph.edge({ v: child, w: parent, name: String(index) }).points;
    const path = points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join(' L ');
    return html`<path class="edge" marker-start="url(#many)" d="M ${path}"><title>${title}</title></path>`;
  });
  const { width = 0, height = 0 } = graph.graph();
  return { width: Math.ceil(width), height: Math.ceil(height), nodes, lines };
}

function drawBox({ table, width, height }: Box, x: number, y: number): Html {
  const rows = table.columns.map((column, index) => {
    const baseline = LINE_HEIGHT * (index + 2) + 1;
    return html`<text y="${baseline}"${column.differs ? html` class="differs"` : undefined}><tspan x="${PADDING}" class="key">${column.keys.join(' ')}</tspan><tspan x="${PADDING + 6 * CHARACTER_WIDTH}">${titleOf(column.name, column.differs)}</tspan><tspan x="${width - PADDING}" text-anchor="end" class="type">${typeOf(column)}</tspan></text>`;
  });
  const isOutside = rows.length === 0;
  return html`<g transform="translate(${x} ${y})" class="${isOutside ? 'outside' : 'table'}${table.differs ? ' differs' : ''}">
<rect width="${width}" height="${height}" rx="6"/>${isOutside ? undefined : html`<line x1="0" x2="${width}" y1="${LINE_HEIGHT + 4}" y2="${LINE_HEIGHT + 4}"/>`}
<text x="${PADDING}" y="${LINE_HEIGHT - 3}" class="name">${titleOf(table.identity, table.differs)}</text>
${rows}</g>`;
}
