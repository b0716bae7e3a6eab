import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';

test('the name of each error is a literal, which a minified bundle keeps', () => {
  const source = readFileSync(new URL('../../src/errors.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/^export class (\w+) extends BaseDatabaseError/gm)].map((match) => match[1] ?? '');
  expect(names).toContain('UploadNotFound');

  const { code } = transformSync(source, { loader: 'ts', minify: true, format: 'esm' });
  expect(names.filter((name) => !code.includes(`name="${name}"`))).toEqual([]);
});
