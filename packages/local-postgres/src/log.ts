import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const POLL_INTERVAL_MS = 100;

/**
 * Calls `onLine` with each complete line that is added to `file`, with `secret` replaced.
 * @returns a function that delivers the remaining lines and stops
 */
export function followLog(file: string, secret: string, onLine: (line: string) => void): () => void {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(65_536);
  const decoder = new StringDecoder();
  let rest = '';
  const deliver = () => {
    for (let size = readSync(descriptor, buffer); size > 0; size = readSync(descriptor, buffer)) {
      const lines = (rest + decoder.write(buffer.subarray(0, size))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line.replaceAll(secret, '***'));
    }
  };
  const timer = setInterval(deliver, POLL_INTERVAL_MS).unref();
  return () => {
    clearInterval(timer);
    deliver();
    closeSync(descriptor);
  };
}
