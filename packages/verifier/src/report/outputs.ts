import { constants } from 'node:fs';
import { access, open, rm, stat, writeFile } from 'node:fs/promises';

/** A report that is asked for in a file which cannot be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * Sees before anything runs that the file can be written, and leaves it as it was.
 * @throws OutputError where it cannot
 */
export async function assertWritable(path: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => undefined);
    if (there !== undefined) {
      if (!there.isDirectory()) return await access(path, constants.W_OK);
      throw new Error('it is a directory');
    }
    await (await open(path, 'wx')).close();
    await rm(path);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** @throws OutputError where it cannot be written */
export async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

function cannotWrite(path: string, cause: unknown): OutputError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OutputError(`the report cannot be written to ${path}: ${reason}`, { cause });
}
