/** Of every suite: limits that only what hangs will reach, on a busy machine too. */
export const patient = {
  testTimeout: 180_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
};
