const CREATE = 'function private.create_upload_at(timestamp with time zone,uuid,text,text,bigint,text,bigint,uuid)';
const RECOUNT = 'function private.recount_user_uploads(uuid)';
const RUNNING = 'function private.running_transactions()';
const COUNT = 'function private.count_uploads()';
const KEY_PENDING = 'function private.raise_key_pending_deletion(text)';
const QUOTA_EXCEEDED = 'function private.raise_quota_exceeded(bigint,bigint,timestamp with time zone)';
const LIBRARY = 'function private.track_library_keys()';
const UPLOADS = 'function private.track_upload_keys()';

const FIRST_ROW = 'SELECT INTO takes the first row and asks for no other: the limit only says so';
const ONCE_A_KEY = 'ON CONFLICT DO NOTHING keeps a key once, however often it comes';
const ONE_SNAPSHOT = 'called by itself it sees the same rows, in its own snapshot or in its statement’s';
const WHOLE_STATEMENT = 'run for each row it reads the whole statement’s rows again, and keeps each key once';
const UNASKED = 'service_role bypasses row security: no policy is asked';
const NEVER_PLANNED =
  'a trigger is called by the executor alone, and this one reads no table: what it promises is never relied on';
const NO_TABLE =
  'it reads no table and calls nothing that asks who calls: the rights that it runs with are never asked for';
const SAME_TO_PLANNER =
  'it is called by PERFORM alone, or for its own sake: nothing that the planner may do with STABLE shows';
const A_MOMENT = 'only in the moment between two statements of one call, when another session takes its row away again';
const FOUND_AGAIN = 'what was just inserted is then found again, and is the same row';
const BY_EQUALITY = 'it is asked for one key at a time, which the order of either class finds';
const ONE_CHARACTER = 'a text has a character when it has a byte';
const COUNTER_FIRST = 'the key of upload_daily_usage, which every upload has a row in, refuses the same update first';
const WAITS_TOO = 'whoever waits for a lock holds that of his own transaction, and is counted for that';
const TWICE_IS_ONCE = 'a pair that comes twice is locked, or left alone, once';

/** By the key of a mutant: why no statement tells it from the original. */
export const SURVIVORS: Readonly<Record<string, string>> = {
  'function private.admit_uploads() | body: number + 1: line 17: 1 → 2 (at 10)': FIRST_ROW,
  'function private.admit_uploads() | body: LIMIT dropped: line 17: LIMIT 1 → nothing (at 4)': FIRST_ROW,
  [`${COUNT} | body: UNION ↔ UNION ALL: line 34: before "SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date F…" → ALL (at 14)`]:
    TWICE_IS_ONCE,
  [`${COUNT} | body: UNION ↔ UNION ALL: line 43: before "SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date F…" → ALL (at 14)`]:
    TWICE_IS_ONCE,
  [`${CREATE} | body: comparison swapped: line 25: <= → < (at 38)`]:
    'what fills the quota to the byte goes the longer way then, to the same end',
  [`${CREATE} | body: number − 1: line 35: 0 → -1 (at 6)`]:
    'a size of more than the quota is left to the table before this is asked, and a smaller one fits either way',
  [`${CREATE} | body: statement removed: line 28: IF FOUND THEN RETURN created; END IF; → NULL; (at 3)`]: FOUND_AGAIN,
  [`${CREATE} | body: statement removed: line 29: RETURN created; → NULL; (at 5)`]: FOUND_AGAIN,
  [`${CREATE} | body: statement removed: line 54: RETURN created; → NULL; (at 7)`]: FOUND_AGAIN,
  [`${CREATE} | body: text changed: line 80: 'the upload''s id or key was free again a moment later' → 'the upload''s id or key was free again a moment laterx' (at 19)`]:
    A_MOMENT,
  [`${CREATE} | body: text changed: line 80: 'serialization_failure' → 'serialization_failurex' (at 91)`]: A_MOMENT,
  [`${CREATE} | body: statement removed: line 80: RAISE EXCEPTION 'the upload''s id or key was free again a m… → NULL; (at 3)`]:
    A_MOMENT,
  [`${KEY_PENDING} | security swapped: to DEFINER`]: NO_TABLE,
  [`${KEY_PENDING} | volatility changed: to stable`]: SAME_TO_PLANNER,
  [`${QUOTA_EXCEEDED} | security swapped: to DEFINER`]: NO_TABLE,
  [`${QUOTA_EXCEEDED} | volatility changed: to stable`]: SAME_TO_PLANNER,
  [`${RECOUNT} | STRICT toggled`]: 'nobody has the user NULL: without a row to count both do nothing',
  [`${RECOUNT} | body: number + 1: line 4: 0 → 1 (at 78)`]:
    'the counter that is laid is set to the sum two statements later',
  [`${RECOUNT} | body: DISTINCT dropped: line 4: DISTINCT → nothing (at 10)`]:
    'ON CONFLICT DO NOTHING lays a day once, however often it comes',
  [`${RUNNING} | security swapped: to DEFINER`]: NO_TABLE,
  [`${RUNNING} | volatility changed: to stable`]: SAME_TO_PLANNER,
  [`${RUNNING} | body: condition dropped: line 10: AND l.granted → nothing (at 8)`]: WAITS_TOO,
  [`${RUNNING} | body: condition dropped: line 10: l.granted AND → nothing (at 12)`]: WAITS_TOO,
  'constraint uploads_title_check on public.uploads | CHECK: function swapped: char_length → octet_length (at 10)':
    ONE_CHARACTER,
  [`${LIBRARY} | body: number + 1: line 10: 1 → 2 (at 12)`]: FIRST_ROW,
  [`${LIBRARY} | body: number + 1: line 21: 1 → 2 (at 12)`]: FIRST_ROW,
  [`${LIBRARY} | body: LIMIT dropped: line 10: LIMIT 1 → nothing (at 6)`]: FIRST_ROW,
  [`${LIBRARY} | body: LIMIT dropped: line 21: LIMIT 1 → nothing (at 6)`]: FIRST_ROW,
  [`${LIBRARY} | body: UNION ↔ UNION ALL: line 8: before "SELECT n.preview_key FROM new_rows AS n) AS come\n      JOIN…" → ALL (at 55)`]:
    FIRST_ROW,
  [`${LIBRARY} | body: UNION ↔ UNION ALL: line 18: before "SELECT o.preview_key FROM old_rows AS o)\n      ) AS come\n  …" → ALL (at 52)`]:
    'EXCEPT takes a key away once, however often it comes',
  [`${LIBRARY} | body: UNION ↔ UNION ALL: line 26: ALL → nothing (at 14)`]: ONCE_A_KEY,
  [`${LIBRARY} | body: UNION ↔ UNION ALL: line 38: ALL → nothing (at 14)`]: ONCE_A_KEY,
  [`${LIBRARY} | body: UNION ↔ UNION ALL: line 49: ALL → nothing (at 14)`]: ONCE_A_KEY,
  [`${UPLOADS} | body: number + 1: line 10: 1 → 2 (at 12)`]: FIRST_ROW,
  [`${UPLOADS} | body: LIMIT dropped: line 10: LIMIT 1 → nothing (at 6)`]: FIRST_ROW,
  'function public.check_user_upload_quota(uuid,bigint,bigint) | volatility changed: to volatile': ONE_SNAPSHOT,
  'function public.check_library_access(uuid,uuid) | volatility changed: to volatile': ONE_SNAPSHOT,
  'function public.check_library_access(uuid,uuid) | body: first argument alone: line 13: coalesce(t.is_pro_only, true → (t.is_pro_only (at 10)':
    'of a track of which it is not known, IF NOT lets nobody in either',
  'function private.used_upload_bytes(uuid,timestamp with time zone) | volatility changed: to volatile': ONE_SNAPSHOT,
  'function private.set_updated_at() | security swapped: to DEFINER': NO_TABLE,
  'function public.check_library_access(uuid,uuid) | security swapped: to INVOKER':
    'service_role alone may call it, and may read both tables itself',
  'function private.set_updated_at() | volatility changed: to stable': NEVER_PLANNED,
  'function private.set_updated_at() | volatility changed: to immutable': NEVER_PLANNED,
  'table public.upload_daily_usage | storage parameter reset: fillfactor=70':
    'how full a page is changes what an update costs, and no outcome',
  'constraint uploads_user_id_fkey on public.uploads | ON UPDATE swapped: to restrict': COUNTER_FIRST,
  'constraint uploads_user_id_fkey on public.uploads | ON UPDATE swapped: to set null': COUNTER_FIRST,
  'constraint uploads_user_id_fkey on public.uploads | ON UPDATE swapped: to cascade': COUNTER_FIRST,
  'constraint library_tracks_preview_key_check on public.library_tracks | CHECK: function swapped: octet_length → char_length (at 11)':
    ONE_CHARACTER,
  'constraint library_tracks_file_key_check on public.library_tracks | CHECK: function swapped: octet_length → char_length (at 11)':
    ONE_CHARACTER,
  'constraint uploads_file_key_check on public.uploads | CHECK: function swapped: octet_length → char_length (at 11)':
    ONE_CHARACTER,
  'constraint uploads_content_type_check on public.uploads | CHECK: function swapped: char_length → octet_length (at 159)':
    'the pattern beside it takes ASCII alone, where a character is a byte',
  'index public.idx_deleted_objects_file_key | operator class changed: file_key text_pattern_ops': BY_EQUALITY,
  'index public.idx_library_tracks_file_key | operator class changed: file_key text_pattern_ops': BY_EQUALITY,
  'index public.idx_library_tracks_preview_key | operator class changed: preview_key text_pattern_ops': BY_EQUALITY,
  'index public.idx_library_tracks_genre_created_at_id | operator class changed: genre text_pattern_ops': BY_EQUALITY,
  'index public.idx_library_tracks_genre_created_at_id | direction changed: genre DESC':
    'it is read for one genre at a time: how the genres follow each other makes no difference',
  'index public.idx_uploads_user_id_created_at_id | direction changed: user_id DESC':
    'it is read for one user at a time: how the users follow each other makes no difference',
  [`${RUNNING} | body: list value added: line 9: before ")\n       AND l.granted\n       AND l.pid IS DISTINCT FROM pg…" → , 'x' (at 56)`]:
    'no lock is of such a type',
  [`${LIBRARY} | body: UNION ↔ UNION ALL: line 16: before "SELECT n.preview_key FROM new_rows AS n)\n        EXCEPT\n   …" → ALL (at 52)`]:
    'EXCEPT leaves a key once, however often it comes',
  'trigger library_tracks_track_keys_insert on public.library_tracks | level swapped: to ROW': WHOLE_STATEMENT,
  'trigger library_tracks_track_keys_update on public.library_tracks | level swapped: to ROW': WHOLE_STATEMENT,
  'trigger library_tracks_track_keys_delete on public.library_tracks | level swapped: to ROW': WHOLE_STATEMENT,
  'trigger uploads_track_keys_update on public.uploads | level swapped: to ROW': WHOLE_STATEMENT,
  'trigger uploads_track_keys_delete on public.uploads | level swapped: to ROW': WHOLE_STATEMENT,
  'trigger uploads_set_updated_at on public.uploads | event added: DELETE': 'what it would date goes with the row',
  'policy library_tracks_select on public.library_tracks | roles changed: and service_role': UNASKED,
  'policy uploads_select_own on public.uploads | roles changed: and service_role': UNASKED,
  'policy uploads_update_own on public.uploads | roles changed: and service_role': UNASKED,
  'policy user_profiles_select_own on public.user_profiles | roles changed: and service_role': UNASKED,
  'trigger uploads_count_truncate on public.uploads | timing swapped':
    'the counters are emptied in the same statement, before the table or after it',
  'policy uploads_update_own on public.uploads | WITH CHECK dropped':
    'where a policy has no WITH CHECK its USING is the check, and says the same',
};
