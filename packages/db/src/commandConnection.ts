import { driverOptions, readConnectionUrl } from '@app/connections/url';
import postgres, { type Options, type Sql } from 'postgres';

/** One connection for a command, from a URL as the service and the migrator read it. @throws BadUrl */
export function commandConnection(url: string, connection: Options<Record<string, never>>['connection'] = {}): Sql {
  const driver = driverOptions(readConnectionUrl(url));
  return postgres({
    ...{ ...driver, connection: { ...driver.connection, ...connection } },
    ...{ max: 1, connect_timeout: 10, prepare: false, onnotice: () => undefined },
  });
}
