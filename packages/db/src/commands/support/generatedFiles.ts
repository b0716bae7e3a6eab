import { fileURLToPath } from 'node:url';

/** Path of the file with the current schema as SQL. */
export const schemaFile = fileURLToPath(new URL('../../../schema.sql', import.meta.url));

/** Path of the page with the ER diagram. */
export const schemaPage = fileURLToPath(new URL('../../../../../docs/schema.md', import.meta.url));
