import { literal } from '@app/verifier';
import { userId } from './users.ts';

/** Number of rows in a table whose plans are checked: enough that a sequential scan costs more than an index scan. */
export const VOLUME_ROWS = 10_000;

/** A user with many uploads: a page of them must come from an index, not from a sort. */
export const BUSY_USER = literal(userId(1));
