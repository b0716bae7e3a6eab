import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../support/commands.ts';

test.each([
  'migrate',
  'status',
  'sql-objects:apply',
  'baseline',
  'repair',
  'dry-run',
  'doctor',
  'studio',
  'generate',
  'schema:dump',
  'check:sql',
  'check:migrations',
])('%s has --help', (command) => {
  const { status, stdout } = run(command, '', '--help');
  expect(stdout).toContain('Usage:');
  expect(status).toBe(0);
});

test.each([['schema:dump'], ['dry-run'], ['generate', '--name', 'x', '--custom']])(
  '%s says in one sentence that there is no server',
  (command, ...args) => {
    vi.stubEnv('POSTGRES_BIN_DIR', '/nonexistent');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { status, stderr } = run(command, '', ...args);
    expect(stderr).toMatch(/^error: POSTGRES_BIN_DIR is \/nonexistent, which contains no initdb\..*\n$/);
    expect(status).toBe(2);
  },
);

describe('studio', () => {
  const nowhere = 'postgres://nobody@127.0.0.1:1/nothing';

  test.each(['abc', '0', '65536', '1.5', ''])('refuses the port %j with the rule', (port) => {
    const { status, stderr } = run('studio', nowhere, `--port=${port}`);
    expect(stderr).toMatch(/^error: option '--port <port>' .*A port is a whole number from 1 to 65535\.\n$/);
    expect(status).toBe(2);
  });

  test('refuses a port that is taken, before it looks for a database', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { status, stderr } = run('studio', nowhere, '--port', String(port));
    server.close();
    expect(stderr).toMatch(
      new RegExp(`^error: studio cannot listen on port ${port} \\(EADDRINUSE\\): .*--port\\.  \\[BAD_OPTIONS\\]\\n$`),
    );
    expect(status).toBe(2);
  });
});
