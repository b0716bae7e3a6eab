import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

// Writes the package that `pnpm pack` packs into dist: JavaScript for Node, with what it uses of the workspace bundled.
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/index.ts', 'src/commands/program.ts', 'src/commands/main.ts'],
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19', packages: 'external' },
  alias: { '@app/catalog': '../catalog/src/index.ts', '@app/connections/url': '../connections/src/url.ts' },
  ...{ outdir: 'dist', outbase: 'src', logLevel: 'warning' },
});
const { name, version, license, type, dependencies, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const external = Object.entries(dependencies).filter(([dependency]) => !dependency.startsWith('@app/'));
const manifest = {
  ...{ name, version, license, type, engines },
  bin: { migrator: './commands/main.js' },
  exports: {
    '.': { types: './types/migrator/src/index.d.ts', default: './index.js' },
    './commands': { types: './types/migrator/src/commands/program.d.ts', default: './commands/program.js' },
  },
  dependencies: Object.fromEntries(external),
};
writeFileSync('dist/package.json', `${JSON.stringify(manifest, null, 2)}\n`);
