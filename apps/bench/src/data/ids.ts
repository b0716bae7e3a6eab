import { createHash } from 'node:crypto';

/** The id of the nth user of `fillUsers`; in SQL: md5('user' || n)::uuid. */
export function userId(n: number): string {
  return uuidOf(`user${n}`);
}

/** The id of the nth upload of `fillUploads`, from 1. */
export function uploadId(n: number): string {
  return uuidOf(`upload${n}`);
}

/** The id of the nth track of `fillTracks`. */
export function trackId(n: number): string {
  return uuidOf(`track${n}`);
}

/** The object key of the nth track. */
export function trackKey(n: number): string {
  return `library/${createHash('md5').update(`track${n}`).digest('hex')}`;
}

function uuidOf(text: string): string {
  return createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
