import type { Scenario } from '@app/verifier';

const answers = (rule: string, value: string, answer: string) => [`SELECT private.${rule}(${value})`, answer] as const;

/** The rules that CHECKs call, by themselves: what each takes, whatever its caller's search_path. */
export const RULE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'the rule of object keys takes 1 to 1,024 bytes in Normalization Form C',
    proves: ['function private.is_object_key(text)'],
    steps: [
      answers('is_object_key', `'k'`, 'true'),
      answers('is_object_key', `repeat('k', 1024)`, 'true'),
      answers('is_object_key', `repeat(U&'\\00E9', 512)`, 'true'),
      answers('is_object_key', `''`, 'false'),
      answers('is_object_key', `repeat('k', 1025)`, 'false'),
      answers('is_object_key', `repeat(U&'\\00E9', 513)`, 'false'),
      answers('is_object_key', `U&'cafe\\0301.mp3'`, 'false'),
      answers('is_object_key', 'NULL', 'null'),
    ],
  },
  {
    name: 'the rule of media types takes two restricted names of at most 127 characters',
    proves: ['function private.is_media_type(text)'],
    steps: [
      answers('is_media_type', `'audio/mpeg'`, 'true'),
      answers('is_media_type', `repeat('a', 127) || '/' || repeat('b', 127)`, 'true'),
      answers('is_media_type', `repeat('a', 128) || '/b'`, 'false'),
      answers('is_media_type', `'a/' || repeat('b', 128)`, 'false'),
      answers('is_media_type', `'audio'`, 'false'),
      answers('is_media_type', `'audio/mpeg; codecs=1'`, 'false'),
      answers('is_media_type', 'NULL', 'null'),
    ],
  },
  {
    name: 'the rule of titles takes 1 to 500 characters',
    proves: ['function private.is_upload_title(text)'],
    steps: [
      answers('is_upload_title', `'t'`, 'true'),
      answers('is_upload_title', `repeat(U&'\\+01F3B5', 500)`, 'true'),
      answers('is_upload_title', `repeat('t', 501)`, 'false'),
      answers('is_upload_title', `''`, 'false'),
      answers('is_upload_title', 'NULL', 'null'),
    ],
  },
  {
    name: 'a role that may write rows executes the rules of their CHECKs',
    steps: [
      [
        `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes) VALUES ('00000000-0000-4000-8000-000000000031', 'own', 'audio/mpeg', 1)`,
        'done',
      ],
      [
        `SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000031", "role": "authenticated"}'`,
        'done',
      ],
      ['SET LOCAL ROLE authenticated', 'done'],
      [`UPDATE public.uploads SET title = 'Own'`, 'done'],
      [`UPDATE public.uploads SET title = ''`, 'refused: 23514 uploads_title_check: …'],
      ['SET LOCAL ROLE service_role', 'done'],
      [`UPDATE public.uploads SET content_type = 'audio'`, 'refused: 23514 uploads_content_type_check: …'],
      [
        `INSERT INTO public.library_tracks (title, file_key) VALUES ('Track', '')`,
        'refused: 23514 library_tracks_file_key_check: …',
      ],
      ['RESET ROLE', 'done'],
      [`SELECT title FROM public.uploads WHERE file_key = 'own'`, 'Own'],
    ],
  },
];
