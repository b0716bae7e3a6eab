import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { jsonSchema } from './report/reportSchema.ts';

/** The JSON Schema of the output of `--json`. */
const FILE = new URL('../../../docs/verify-report.schema.json', import.meta.url);

await writeFile(FILE, `${JSON.stringify(z.toJSONSchema(jsonSchema), null, 2)}\n`);
