import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type ResolvePlaybackInput, resolvePlaybackInput } from '../../types/inputs.ts';
import type { Playback } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const resolve = statement<{ userId: string | null; trackId: string }>()(
  {
    fileKey: libraryTracks.fileKey,
    previewKey: libraryTracks.previewKey,
    isFree: sql<boolean>`${libraryTracks.isProOnly} IS FALSE`,
    mayPlay: sql<boolean>`may_play`,
  },
  (values, fields) => sql`
    SELECT ${fields}
      FROM ${libraryTracks},
           LATERAL (
             SELECT CASE
                      WHEN ${values.userId}::uuid IS NULL THEN ${libraryTracks.isProOnly} IS FALSE
                      ELSE public.check_library_access(user_id => ${values.userId}::uuid, track_id => ${libraryTracks.id})
                    END AS may_play
           ) AS access
     WHERE ${libraryTracks.id} = ${values.trackId}`,
);

/** See {@link DatabaseService.resolvePlayback}. */
export async function resolvePlayback(
  database: Executor,
  input: ResolvePlaybackInput,
  options?: RunOptions,
): Promise<Playback> {
  const [track] = await database.run(resolve, parseInput(resolvePlaybackInput, input), options);
  if (track === undefined) return { access: 'none', fileKey: null, reason: 'no-such-track' };
  if (track.mayPlay) return { access: 'full', fileKey: track.fileKey, reason: track.isFree ? 'free-track' : 'tier' };
  if (track.previewKey !== null) return { access: 'preview', fileKey: track.previewKey, reason: 'pro-only' };
  return { access: 'none', fileKey: null, reason: 'pro-only' };
}
