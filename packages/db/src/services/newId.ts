import { uuidv7 } from 'uuidv7';

/** A new row's id: a UUID of version 7, which sorts by time, so that rows are inserted at the end of an index. */
export const newId = (): string => uuidv7();
