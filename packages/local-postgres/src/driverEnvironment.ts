/**
 * Variables from which postgres.js reads settings of its own, beside libpq's. Some refuse values that libpq takes
 * (`PGTARGETSESSIONATTRS=any`), or mean something else to other programs (`PGSSL`, `PGMAX`).
 */
const DRIVER_VARIABLES = [
  ...['PGMAX', 'PGSSL', 'PGSSLNEGOTIATION', 'PGIDLE_TIMEOUT', 'PGCONNECT_TIMEOUT', 'PGMAX_LIFETIME', 'PGMAX_PIPELINE'],
  ...['PGBACKOFF', 'PGKEEP_ALIVE', 'PGPREPARE', 'PGDEBUG', 'PGFETCH_TYPES', 'PGPUBLICATIONS', 'PGAPPNAME'],
  ...['PGTARGET_SESSION_ATTRS', 'PGTARGETSESSIONATTRS'],
];

/** Unsets the driver's variables for this process, which connects to a server of its own: the URL says everything. */
export function ignoreDriverEnvironment(): void {
  for (const name of DRIVER_VARIABLES) delete process.env[name];
}
