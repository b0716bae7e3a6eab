import { basename } from 'node:path';
import { beforeEach } from 'vitest';

/** Tests of the service that cannot hold on a distributed database, by file and name, and why. */
const NOT_ON_SHARDS = new Map([
  ['agreement.test.ts: on hostile rows of uploads', 'an object key begins with its owner’s id there'],
  [
    'uploads.test.ts: any key that the object store takes is accepted',
    'an object key begins with its owner’s id there',
  ],
  [
    'constraintMeanings.test.ts: every constraint and unique index of the tables that the service uses has one, and none is left over',
    'the check of a key’s owner is there alone',
  ],
  [
    'docs.test.ts: an upload and a row of the application are one transaction',
    'the application’s table refers to uploads (id), which is no key there',
  ],
]);

beforeEach(({ task, skip }) => {
  const why = NOT_ON_SHARDS.get(`${basename(task.file.name)}: ${task.name}`);
  if (why !== undefined) skip(`not on a distributed database: ${why}`);
});
