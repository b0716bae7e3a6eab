import { fileURLToPath } from 'node:url';
import { main } from '@app/verifier/main';

process.exitCode = await main(process.argv, fileURLToPath(new URL('verify.config.ts', import.meta.url)));
