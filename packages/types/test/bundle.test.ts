import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Bundles a module for a browser. Returns its size in bytes, its code and the bundled files. */
async function bundle(contents: string): Promise<{ bytes: number; files: string[]; code: string }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    ...{ bundle: true, minify: true, write: false, metafile: true },
    ...{ platform: 'browser', format: 'esm', target: 'es2022', logLevel: 'silent' },
  });
  const [output] = outputFiles;
  return { bytes: output?.contents.length ?? 0, files: Object.keys(metafile.inputs), code: output?.text ?? '' };
}

const ofDriver = (files: readonly string[]) => files.filter((file) => /\/node_modules\/(?:postgres|pg)\//.test(file));

test('a browser bundle of the schemas has no driver, no module of Node and one copy of zod', async () => {
  const { bytes, files, code } = await bundle(`import { uploadSchema } from '@app/types'; console.log(uploadSchema);`);

  expect(ofDriver(files)).toEqual([]);
  expect(files.filter((file) => builtinModules.includes(file.replace('node:', '')))).toEqual([]);
  expect(new Set(files.flatMap((file) => /\/zod@[\d.]+/.exec(file) ?? [])).size).toBe(1);
  const kib = (size: number) => `${(size / 1024).toFixed(0)} KiB`;
  console.log(`bundled for a browser: ${kib(bytes)} minified, ${kib(gzipSync(code).length)} compressed`);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(600 * 1024);
});

test('an import of types adds no code to a bundle', async () => {
  const { code } = await bundle(
    `import type { Upload } from '@app/types'; export const id = (upload: Upload) => upload.id;`,
  );
  expect(code.length).toBeLessThan(100);
});

test('a browser bundle of a driver fails', async () => {
  await expect(bundle(`import { createDatabase } from '@app/db'; console.log(createDatabase);`)).rejects.toThrow(
    /Could not resolve "(?:node:)?(?:net|tls|crypto|os|fs|url)"/,
  );
});
