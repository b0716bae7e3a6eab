// A program that registers cleanups, prints when it is ready, and ends in the way that its argument names.
import { atProcessEnd } from '../../src/processEnd.ts';

const how = process.argv[2];
let calls = 0;
if (how === 'other-listener') {
  process.on('SIGINT', () => {
    calls += 1;
    setTimeout(() => process.exit(40 + calls), 50);
  });
}
if (how === 'lone-listener') {
  const listener = () => {
    if (process.listenerCount('SIGINT') !== 1) return;
    process.off('SIGINT', listener);
    process.kill(process.pid, 'SIGINT');
  };
  process.on('SIGINT', listener);
}

const unregister = atProcessEnd(() => console.log(JSON.stringify('unregistered')));
atProcessEnd(() => console.log(JSON.stringify('first')));
atProcessEnd(() => {
  console.log(JSON.stringify('last'));
  throw new Error('a cleanup that fails');
});
unregister();
console.log(JSON.stringify('ready'));
if (how === 'exit') process.exit(7);
setInterval(() => undefined, 60_000);
