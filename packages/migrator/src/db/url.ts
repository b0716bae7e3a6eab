import { BadUrl, type ConnectionUrl, readConnectionUrl } from '@app/connections/url';
import { MigratorError } from '../errors.ts';

/** Reads a connection URL. Throws BAD_URL without the URL itself: there is a password in it. */
export function readUrl(url: string): ConnectionUrl {
  try {
    return readConnectionUrl(url);
  } catch (error) {
    throw error instanceof BadUrl ? new MigratorError('BAD_URL', `The database URL ${error.message}.`) : error;
  }
}
