import { TAMPERINGS } from './support/tamperings.ts';
import { testTamperings } from './support/tamperingTests.ts';

// A sample. long/allTamperings.test.ts runs all of them.
testTamperings([
  (TAMPERINGS[0] ?? []).slice(0, 4),
  (TAMPERINGS[1] ?? []).slice(4, 7),
  (TAMPERINGS[2] ?? []).slice(12, 15),
]);
