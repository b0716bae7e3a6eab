/** Whether the connection is what failed, by the codes of the driver, of sockets and of TLS. */
export function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:E[A-Z]+|EAI_\w+|CONNECT_TIMEOUT|CONNECTION_\w+|ERR_(?:SSL|TLS|STREAM|SOCKET)\w+)$/.test(code);
}

/** An error of the kind that the driver has for its connections. */
export const connectionError = (code: 'CONNECT_TIMEOUT' | `CONNECTION_${string}`, message: string): Error =>
  Object.assign(new Error(message), { code });
