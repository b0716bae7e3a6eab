// A program, since `echo` keeps quotes and `exit` ends differently in the shells of Linux, macOS and Windows.
console.error('Run `pnpm fix`: it formats, and mends what the linter can. What is left after it needs your hands.');
process.exitCode = 1;
