// A program that starts a server, prints its description, and ends in the way that its argument names.
import { startKeptServer, startThrowawayServer } from '../../src/index.ts';
import { identify } from '../../src/process.ts';

const [how, directory] = process.argv.slice(2);

const server =
  directory === undefined
    ? await startThrowawayServer({ bootstrap: 'none' })
    : await startKeptServer({ bootstrap: 'none', directory });
const folder = 'folder' in server ? server.folder : directory;
console.log(JSON.stringify({ server: identify(server.pid), folder, url: server.url() }));

if (how === 'exit') process.exit(7);
if (how === 'throw') throw new Error('uncaught on purpose');
if (how === 'wait') setInterval(() => undefined, 60_000);
