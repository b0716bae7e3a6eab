/** Of every suite. */
export const patient = {
  // No test file mocks a module or keeps state in one, and loading drizzle-orm again for each file takes longer than most files.
  isolate: false,
  // Limits that only a test that hangs reaches, on a busy machine too.
  testTimeout: 180_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
};
