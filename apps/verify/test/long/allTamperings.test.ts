import { TAMPERINGS } from '../support/tamperings.ts';
import { testTamperings } from '../support/tamperingTests.ts';

testTamperings(TAMPERINGS);
