import { constants } from 'node:fs';
import { access, open, rm, stat, writeFile } from 'node:fs/promises';
import { messageOf, OutputError } from '../errors.ts';

/** Checks that the file can be written, without changing it. @throws OutputError */
export async function assertWritable(path: string): Promise<void> {
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing !== undefined) {
      if (!existing.isDirectory()) return await access(path, constants.W_OK);
      throw new Error('it is a directory');
    }
    await (await open(path, 'wx')).close();
    await rm(path);
  } catch (cause) {
    throw outputError(path, cause);
  }
}

/** @throws OutputError */
export async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw outputError(path, cause);
  }
}

function outputError(path: string, cause: unknown): OutputError {
  return new OutputError(`the report cannot be written to ${path}: ${messageOf(cause)}`, { cause });
}
