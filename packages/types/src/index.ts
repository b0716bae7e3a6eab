/** What others see of the database: the rows, inputs and results as types and zod schemas; no driver comes with them. */
export * from '@app/db/types';
