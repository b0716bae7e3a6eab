import type { Scenario } from '@app/verifier';
import { ANN, tracks } from './libraryState.ts';

/** The functions that only answer; their truth tables are `quotaFunction` and `accessFunction`. */
export const QUESTION_SCENARIOS: readonly Scenario[] = [
  {
    name: 'whether an upload fits, and a track may be played, is the same whoever asks',
    steps: [
      [`SELECT public.check_user_upload_quota(${ANN}, 100000000)`, 'true'],
      [`SELECT public.check_user_upload_quota(${ANN}, 100000001)`, 'false'],
      [tracks(['free']), 'done'],
      [`SELECT public.check_library_access(${ANN}, id) FROM public.library_tracks WHERE file_key = 'free'`, 'true'],
      [`UPDATE public.library_tracks SET is_pro_only = true WHERE file_key = 'free'`, 'done'],
      [`SELECT public.check_library_access(${ANN}, id) FROM public.library_tracks WHERE file_key = 'free'`, 'false'],
    ],
  },
];
