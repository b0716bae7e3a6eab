import { connectServer, type PostgresServer } from '@app/local-postgres';
import { inject } from 'vitest';
import type { CheckResult, Observation, Scene } from '../../src/check.ts';
import { type InspectOptions, inspect } from '../../src/inspect/inspect.ts';
import { type BuildShadow, buildShadowOn, type Shadow } from '../../src/inspect/shadow.ts';
import type { Report } from '../../src/report/report.ts';
import { databasesOf, stage } from '../../src/stage.ts';
import config from '../../verify.config.ts';

/** This run's Supabase-like server. */
export function supabaseServer(): PostgresServer {
  return connectServer(inject('verifyServer'));
}

/** A database with every migration, legacy rows and users. */
export function migratedOn(server: PostgresServer): Promise<Scene & AsyncDisposable> {
  return stage(databasesOf(server), config)('migrated');
}

/** Shadows on a server that runs already, each built once. */
export function shadowsOn(server: PostgresServer): BuildShadow {
  const shadows = new Map<string, Promise<Shadow>>();
  return (options) => {
    const key = JSON.stringify(options);
    const shadow = shadows.get(key) ?? buildShadowOn(server, options);
    shadows.set(key, shadow);
    return shadow;
  };
}

export function inspecting(buildShadow: BuildShadow) {
  return (url: string, options: Partial<InspectOptions> = {}): Promise<Report> =>
    inspect({ url, config, buildShadow, ...options });
}

/** `subject: name` of what is not passed. */
export function wrong({ results }: Report): string[] {
  return results.filter(({ status }) => status !== 'passed').map(fullName);
}

/** What the check `subject: name` found, as `what: expected | actual`; a reason where it was not run. */
export function said(report: Report, name: string): string[] {
  const result = report.results.find((candidate) => fullName(candidate) === name);
  if (result === undefined) throw new Error(`there is no ${name}, only ${wrong(report).join('; ')}`);
  if (result.status === 'not run') return [`not run: ${result.reason}`];
  return result.status === 'passed' ? ['passed'] : result.differences.map(line);
}

export function notices({ results }: Report): string {
  return results.flatMap((result: CheckResult) => result.notices ?? []).join('\n');
}

function fullName({ subject, name }: CheckResult): string {
  return `${subject}: ${name}`;
}

function line({ what, expected, actual }: Observation): string {
  return `${what}: ${expected} | ${actual}`;
}
