import type { Case } from '../case.ts';
import { copy } from './copy.ts';
import { createUpload } from './createUpload.ts';
import { indexes } from './indexes.ts';
import { liveTable } from './liveTable.ts';
import { migrating } from './migrating.ts';
import { outbox } from './outbox.ts';
import { pool } from './pool.ts';
import { quotaCheck } from './quotaCheck.ts';
import { reads } from './reads.ts';
import { volume } from './volume.ts';

/** The cases in the order of their runs. */
export const CASES: readonly Case[] = [
  createUpload,
  quotaCheck,
  reads,
  pool,
  migrating,
  liveTable,
  indexes,
  copy,
  outbox,
  volume,
];
