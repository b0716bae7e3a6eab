import type { NewLibraryTrack, NewUpload, UserTier } from '../types/music.ts';

/*
 * A small library for development: works in the public domain and invented users. Ids and times are constants, so that every
 * developer has the same rows.
 */

const FIRST_DAY = Date.UTC(2026, 0, 5, 9);
const DAY_MS = 86_400_000;

const numbered = (kind: string, n: number): string => `00000000-0000-4000-${kind}-${String(n).padStart(12, '0')}`;

export interface SeedUser {
  readonly id: string;
  readonly email: string;
  /** Undefined for a user without a profile, who has the tier `free`. */
  readonly tier?: UserTier;
}

const PEOPLE: readonly (readonly [name: string, tier?: UserTier])[] = [
  ['mara', 'free'],
  ['jonas', 'pro'],
  ['aiko', 'enterprise'],
  ['tunde', 'free'],
  ['newcomer'],
];

export const seedUsers: readonly SeedUser[] = PEOPLE.map(([name, tier], i) => ({
  id: numbered('8000', i + 1),
  email: `${name}@example.com`,
  ...(tier === undefined ? {} : { tier }),
}));

type Work = readonly [title: string, artist: string, album: string, genre: string, seconds: number];

const WORKS: readonly Work[] = [
  ['Gymnopédie No. 1', 'Erik Satie', 'Trois Gymnopédies', 'classical', 205],
  ['Gymnopédie No. 3', 'Erik Satie', 'Trois Gymnopédies', 'classical', 154],
  ['Gnossienne No. 1', 'Erik Satie', 'Six Gnossiennes', 'classical', 218],
  ['Clair de lune', 'Claude Debussy', 'Suite bergamasque', 'classical', 301],
  ['Prélude à l’après-midi d’un faune', 'Claude Debussy', 'Orchestral Works', 'classical', 612],
  ['Nocturne in E-flat major, Op. 9 No. 2', 'Frédéric Chopin', 'Nocturnes', 'classical', 269],
  ['Raindrop Prelude', 'Frédéric Chopin', 'Preludes, Op. 28', 'classical', 331],
  ['Cello Suite No. 1: Prélude', 'Johann Sebastian Bach', 'Cello Suites', 'classical', 149],
  ['Goldberg Variations: Aria', 'Johann Sebastian Bach', 'Goldberg Variations', 'classical', 182],
  ['Träumerei', 'Robert Schumann', 'Kinderszenen', 'classical', 168],
  ['Maple Leaf Rag', 'Scott Joplin', 'Piano Rags', 'ragtime', 193],
  ['The Entertainer', 'Scott Joplin', 'Piano Rags', 'ragtime', 239],
  ['Solace', 'Scott Joplin', 'Piano Rags', 'ragtime', 377],
  ['St. Louis Blues', 'W. C. Handy', 'Memphis Blues', 'blues', 201],
  ['Beale Street Blues', 'W. C. Handy', 'Memphis Blues', 'blues', 188],
  ['Tiger Rag', 'Original Dixieland Jass Band', 'First Sessions', 'jazz', 187],
  ['Scarborough Fair', 'Traditional', 'Songs of the Isles', 'folk', 172],
  ['Sakura Sakura', 'Traditional', 'Songs of Spring', 'folk', 143],
  ['Greensleeves', 'Traditional', 'Songs of the Isles', 'folk', 211],
  ['Hava Nagila', 'Traditional', 'Songs of Joy', 'folk', 134],
];

const slug = (title: string): string =>
  title
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** Every third track is pro-only, every fifth has no preview. */
export const seedTracks: readonly NewLibraryTrack[] = WORKS.map(([title, artist, album, genre, seconds], i) => ({
  ...{ id: numbered('8100', i + 1), title, artist, album, genre },
  durationMs: seconds * 1_000,
  fileKey: `library/${slug(title)}.flac`,
  previewKey: i % 5 === 4 ? null : `library/${slug(title)}.preview.mp3`,
  isProOnly: i % 3 === 2,
  createdAt: new Date(FIRST_DAY + i * DAY_MS),
}));

const TITLES = [
  'Rehearsal, second take',
  'Field recording: harbour',
  'Demo',
  null,
  'Lullaby (rough mix)',
  'Voice memo',
];

/** A few uploads for each user, on past days, so that today's quota is unused. */
export const seedUploads: readonly NewUpload[] = seedUsers.flatMap(({ id: userId }, person) =>
  Array.from({ length: 2 + person }, (_, i) => {
    const n = person * 10 + i;
    const at = new Date(FIRST_DAY + n * DAY_MS + i * 3_600_000);
    const id = numbered('8200', n + 1);
    return {
      ...{ id, userId, fileKey: `${userId}/${id}`, contentType: i % 2 === 0 ? 'audio/mpeg' : 'audio/flac' },
      ...{ sizeBytes: 1_500_000 + n * 137_911, title: TITLES[n % TITLES.length] ?? null, createdAt: at, updatedAt: at },
    };
  }),
);
