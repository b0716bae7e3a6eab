import { readFileSync } from 'node:fs';

/** The text of a page of the docs, from a heading to the next one of its level; the whole page without a heading. */
export function readSection(page: string, heading?: string): string {
  const text = readFileSync(new URL(`../../../../docs/${page}.md`, import.meta.url), 'utf8');
  if (heading === undefined) return text;
  const [, section] = text.split(`\n${heading}\n`);
  if (section === undefined) throw new Error(`docs/${page}.md has no heading ${heading}`);
  const level = /^#+/.exec(heading)?.[0];
  return section.split(`\n${level} `)[0] ?? section;
}

/** The code blocks of a language, in order, without the indentation of a list. */
export function codeBlocks(section: string, language: string): string[] {
  const blocks = section.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm'));
  return [...blocks].map(([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}
