import { TAMPERINGS } from './support/tamperings.ts';
import { testTamperings } from './support/tamperingTests.ts';

// A sample. long/allTamperings.test.ts runs all of them.
testTamperings([(TAMPERINGS[0] ?? []).slice(0, 4)]);
