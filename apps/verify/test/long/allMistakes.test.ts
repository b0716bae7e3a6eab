import { MISTAKES } from '../support/mistakes.ts';
import { testMistakes } from '../support/mistakeTests.ts';

testMistakes(MISTAKES);
