import { RARE_GENRE } from '../data/fill.ts';
import { trackKey, userId } from '../data/ids.ts';
import { HEAVY_USER } from '../data/uploadsDatabase.ts';

/** The query that an index serves. */
export interface Bought {
  /** The PRD names the index. The other indexes were added by this project. */
  readonly prd: boolean;
  readonly what: string;
  /** The SQL, with %TABLE% for the table. */
  readonly query: string;
  /** The parameters of the query for the row with this number. */
  readonly values: (n: number) => string[];
}

/** The first page as the service reads it: a number of rows after a position before all rows. */
const page = (columns: string, condition = '') =>
  `SELECT ${columns} FROM %TABLE% WHERE (created_at, id) < ($1::text::timestamptz, $2::text::uuid)${condition}
    ORDER BY created_at DESC, id DESC LIMIT $3`;
const START = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '50'];

/** The queries by name of their index. */
export const BOUGHT: Readonly<Record<string, Bought>> = {
  idx_uploads_user_id: {
    prd: true,
    what: "a user's uploads, counted",
    query: 'SELECT count(*) FROM %TABLE% WHERE user_id = $1',
    values: (n) => [userId(n)],
  },
  idx_uploads_created_at: {
    prd: true,
    what: "everybody's newest uploads",
    query: 'SELECT * FROM %TABLE% ORDER BY created_at DESC LIMIT 50',
    values: () => [],
  },
  idx_uploads_file_key: {
    prd: true,
    what: 'keys under a prefix',
    query: 'SELECT id FROM %TABLE% WHERE file_key LIKE $1',
    values: (n) => [`${userId(n)}/%`],
  },
  idx_uploads_user_id_created_at_id: {
    prd: false,
    what: "a page of a heavy user's uploads",
    query: page('*', ' AND user_id = $4'),
    values: () => [...START, HEAVY_USER],
  },
  idx_library_tracks_preview_key: {
    prd: true,
    what: 'is this preview in use?',
    query: 'SELECT id FROM %TABLE% WHERE preview_key = $1',
    values: (n) => [`preview/${trackKey(n)}`],
  },
  idx_library_tracks_file_key: {
    prd: false,
    what: 'is this key in use?',
    query: 'SELECT id FROM %TABLE% WHERE file_key = $1',
    values: (n) => [trackKey(n)],
  },
  idx_library_tracks_created_at_id: {
    prd: false,
    what: 'a page of the catalogue',
    query: page('id, title'),
    values: () => START,
  },
  idx_library_tracks_genre_created_at_id: {
    prd: false,
    what: 'a page of a rare genre',
    query: page('id, title', ' AND genre = $4'),
    values: () => [...START, RARE_GENRE],
  },
};
