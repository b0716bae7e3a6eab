import { literal } from '@app/verifier';
import { userId } from './people.ts';

/** How many rows of a table the planner is asked about: enough that reading them all costs more than an index. */
export const VOLUME_ROWS = 10_000;

/** One user has many uploads: a page of them must not be had by sorting them all. */
export const BUSY_USER = literal(userId(1));
