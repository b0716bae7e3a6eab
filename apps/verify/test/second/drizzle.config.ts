/** For `drizzle-kit generate`, with what packages/db has of it. */
export default {
  dialect: 'postgresql',
  schema: './schema.ts',
  out: './migrations',
  schemaFilter: ['public', 'back office'],
};
