import { createHash } from 'node:crypto';

/** The n-th user that `fill` makes; SQL has the same: md5('user' || n)::uuid. */
export function userId(n: number): string {
  return uuidOf(`user${n}`);
}

/** The n-th upload that `fillUploads` makes, from 1. */
export function uploadId(n: number): string {
  return uuidOf(`upload${n}`);
}

/** The n-th track that `fillTracks` makes. */
export function trackId(n: number): string {
  return uuidOf(`track${n}`);
}

/** The key of its recording. */
export function trackKey(n: number): string {
  return `library/${createHash('md5').update(`track${n}`).digest('hex')}`;
}

function uuidOf(text: string): string {
  return createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
