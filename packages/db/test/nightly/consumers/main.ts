import { record } from './app.ts';

record(process.env.DATABASE_URL ?? '', process.env.USER_ID ?? '').then(
  (result) => console.log(JSON.stringify(result)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
