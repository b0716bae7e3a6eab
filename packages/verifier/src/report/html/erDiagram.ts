import dagre from '@dagrejs/dagre';
import type { Outline, OutlinedColumn, OutlinedTable } from '../outline.ts';
import { type Html, html } from './html.ts';

/** In units of the drawing, which is shown at its own size: a character of the monospaced font, a line of it. */
const [CHARACTER, LINE, PADDING] = [7.3, 20, 10];
const [MOST_TABLES, MOST_COLUMNS, MOST_CHARACTERS] = [60, 40, 44];

interface Box {
  readonly table: OutlinedTable;
  readonly lines: readonly OutlinedColumn[];
  readonly width: number;
  readonly height: number;
}

interface Edge {
  readonly child: string;
  readonly parent: string;
  readonly title: string;
}

/** Tables as boxes, foreign keys as lines from child to parent; what a key points at outside is a box without columns. */
export function erDiagram(outline: Outline): Html {
  const drawn = outline.tables.slice(0, MOST_TABLES);
  const known = new Set(drawn.map(({ identity }) => identity));
  const edges = drawn.flatMap(edgesOf);
  const others = new Set(edges.map(({ parent }) => parent).filter((parent) => !known.has(parent)));
  const outside = [...others].map((identity) => ({ identity, columns: [], foreignKeys: [] }));
  const boxes = new Map([...drawn, ...outside].map((table) => [table.identity, boxOf(table)]));
  const { width, height, nodes, lines } = layOut(boxes, edges);
  const left = outline.tables.length - drawn.length;
  const keys = edges.map(({ title }) => html`<li>${title}</li>`);
  return html`<div class="wide" tabindex="0" role="region" aria-label="Diagram of the tables">
<svg class="er" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${drawn.length} tables and ${edges.length} foreign keys">
<defs><marker id="many" viewBox="0 0 12 12" refX="11" refY="6" markerWidth="12" markerHeight="12" orient="auto-start-reverse"><path d="M11 1 L1 6 L11 11 M1 6 L11 6"/></marker></defs>
${lines}
${nodes}
</svg></div>
${left > 0 ? html`<p class="dim">${left} more tables are not drawn.</p>` : undefined}
${edges.length > 0 ? html`<details><summary>The ${edges.length} foreign keys in words</summary><ul>${keys}</ul></details>` : undefined}`;
}

function edgesOf({ identity, foreignKeys }: OutlinedTable): Edge[] {
  return foreignKeys.map(({ columns, references, onDelete }) => ({
    child: identity,
    parent: references,
    title: `${identity} (${columns.join(', ')}) → ${references}, on delete ${onDelete}`,
  }));
}

function boxOf(table: OutlinedTable): Box {
  const lines = table.columns.slice(0, MOST_COLUMNS);
  const longest = Math.max(...[short(table.identity), ...lines.map(lineText)].map(({ length }) => length));
  const rest = table.columns.length > lines.length ? 1 : 0;
  return {
    ...{ table, lines },
    width: Math.ceil(longest * CHARACTER + 2 * PADDING),
    height: LINE * (1 + lines.length + rest) + (lines.length > 0 ? PADDING : PADDING / 2),
  };
}

/** As wide as it is drawn: keys, name, type. */
function lineText(column: OutlinedColumn): string {
  return `${badges(column).padEnd(6)}${short(column.name)}  ${typeOf(column)}`;
}

function badges({ keys }: OutlinedColumn): string {
  return keys.join(' ');
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
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

function layOut(boxes: ReadonlyMap<string, Box>, edges: readonly Edge[]) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'RL', nodesep: 28, ranksep: 70, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const linked = new Set(edges.flatMap(({ child, parent }) => [child, parent]));
  const alone = [...boxes].filter(([identity]) => !linked.has(identity)).map(([, box]) => box);
  for (const [identity, { width, height }] of boxes)
    if (linked.has(identity)) graph.setNode(identity, { width, height });
  for (const [index, { child, parent }] of edges.entries()) graph.setEdge(child, parent, {}, String(index));
  dagre.layout(graph);
  const { width = 0, height = 0 } = edges.length > 0 ? graph.graph() : {};
  const joined = [...boxes].flatMap(([identity, box]) => {
    if (!linked.has(identity)) return [];
    const { x, y } = graph.node(identity);
    return [drawBox(box, Math.round(x - box.width / 2), Math.round(y - box.height / 2))];
  });
  const rest = stack(alone, Math.ceil(width), Math.max(height, 600));
  const lines = edges.map(({ child, parent, title }, index) => {
    const { points } = graph.edge({ v: child, w: parent, name: String(index) });
    return html`<path class="edge" marker-start="url(#many)" d="${pathOf(points)}"><title>${title}</title></path>`;
  });
  return {
    width: Math.max(Math.ceil(width), rest.right),
    height: Math.max(Math.ceil(height), rest.bottom),
    nodes: [...joined, ...rest.nodes],
    lines,
  };
}

const GAP = 28;

/** Tables that refer to no other stand in columns beside the others, none lower than they reach. */
function stack(boxes: readonly Box[], left: number, lowest: number) {
  let [x, y, columnWidth] = [left + GAP, 12, 0];
  let [right, bottom] = [0, 0];
  const nodes = boxes.map((box) => {
    if (y > 12 && y + box.height > lowest) [x, y, columnWidth] = [x + columnWidth + GAP, 12, 0];
    const drawn = drawBox(box, x, y);
    columnWidth = Math.max(columnWidth, box.width);
    [right, bottom] = [Math.max(right, x + box.width + 12), Math.max(bottom, y + box.height + 12)];
    y += box.height + GAP;
    return drawn;
  });
  return { nodes, right, bottom };
}

/** A smooth line through the points. */
function pathOf(points: readonly { readonly x: number; readonly y: number }[]): string {
  const at = (point: { x: number; y: number } | undefined) => `${point?.x.toFixed(1)} ${point?.y.toFixed(1)}`;
  const middles = points.slice(1, -1).map((point, index) => {
    const next = points[index + 2] ?? point;
    const end = index === points.length - 3 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q ${at(point)} ${at(end)}`;
  });
  return `M ${at(points[0])} ${middles.length > 0 ? middles.join(' ') : `L ${at(points.at(-1))}`}`;
}

function drawBox({ table, lines, width, height }: Box, x: number, y: number): Html {
  const rows = lines.map((column, index) => {
    const baseline = LINE * (index + 2) + 1;
    return html`<text y="${baseline}"><tspan x="${PADDING}" class="key">${badges(column)}</tspan><tspan x="${PADDING + 6 * CHARACTER}">${short(column.name)}</tspan><tspan x="${width - PADDING}" text-anchor="end" class="type">${typeOf(column)}</tspan></text>`;
  });
  const rest = table.columns.length - lines.length;
  const more = `${rest} more columns`;
  return html`<g transform="translate(${x} ${y})" class="${table.columns.length === 0 ? 'outside' : 'table'}">
<rect width="${width}" height="${height}" rx="6"/>${lines.length > 0 ? html`<line x1="0" x2="${width}" y1="${LINE + 4}" y2="${LINE + 4}"/>` : undefined}
<text x="${PADDING}" y="${LINE - 3}" class="name">${short(table.identity)}</text>
${rows}${rest > 0 ? html`<text x="${PADDING}" y="${height - PADDING}" class="type">${more}</text>` : undefined}</g>`;
}
