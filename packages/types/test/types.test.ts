import type * as types from '@app/types';
import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';

test('the outputs of the schemas are the types of the tables', () => {
  expectTypeOf<z.output<typeof types.uploadSchema>>().toEqualTypeOf<types.Upload>();
  expectTypeOf<z.output<typeof types.libraryTrackSchema>>().toEqualTypeOf<types.LibraryTrack>();
  expectTypeOf<z.output<typeof types.userProfileSchema>>().toEqualTypeOf<types.UserProfile>();
  expectTypeOf<z.output<typeof types.uploadPageSchema>>().toExtend<types.Page<types.Upload>>();
  expectTypeOf<z.output<typeof types.libraryTrackPageSchema>>().toExtend<types.Page<types.LibraryTrack>>();
});

test('the outputs of the insert schemas are the insert types', () => {
  expectTypeOf<z.output<typeof types.newUploadSchema>>().toEqualTypeOf<OrUndefined<types.NewUpload>>();
  expectTypeOf<z.output<typeof types.newLibraryTrackSchema>>().toEqualTypeOf<OrUndefined<types.NewLibraryTrack>>();
});

test('times are Dates in TypeScript and strings in JSON; sizes are numbers; nullable and optional fields have such types', () => {
  expectTypeOf<types.Upload['createdAt']>().toEqualTypeOf<Date>();
  expectTypeOf<z.input<typeof types.uploadSchema>['createdAt']>().toEqualTypeOf<string>();
  expectTypeOf<types.Upload['sizeBytes']>().toEqualTypeOf<number>();
  expectTypeOf<types.Upload['title']>().toEqualTypeOf<string | null>();
  expectTypeOf<types.UserTier>().toEqualTypeOf<'free' | 'pro' | 'enterprise'>();
  expectTypeOf<types.UploadQuota['resetsAt']>().toEqualTypeOf<Date>();
  expectTypeOf<types.CreateUploadInput>().toExtend<{ userId: string; contentType: string; sizeBytes: number }>();
  expectTypeOf<{ userId: string; contentType: string; sizeBytes: number }>().toExtend<types.CreateUploadInput>();
});

test('a playback narrows by its access', () => {
  const play = (playback: types.Playback): string => (playback.access === 'none' ? '' : playback.fileKey);
  expectTypeOf(play).returns.toBeString();
  expectTypeOf<Extract<types.Playback, { access: 'none' }>['fileKey']>().toEqualTypeOf<null>();
});

/** An optional field may also be undefined, as in a schema. */
type OrUndefined<Row> = {
  [Field in keyof Row]: Row extends Record<Field, Row[Field]> ? Row[Field] : Row[Field] | undefined;
};
