import { fileURLToPath } from 'node:url';

/** The whole current schema as SQL. */
export const schemaFile = fileURLToPath(new URL('../../../schema.sql', import.meta.url));

/** The page that carries the ER diagram. */
export const schemaPage = fileURLToPath(new URL('../../../../../docs/schema.md', import.meta.url));
