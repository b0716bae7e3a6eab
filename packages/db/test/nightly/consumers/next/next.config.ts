import type { NextConfig } from 'next';

const config: NextConfig = {
  // The packages of the workspace are TypeScript sources.
  transpilePackages: ['@app/db', '@app/connections'],
  // The repository, where the packages are.
  turbopack: { root: process.env.REPOSITORY },
  outputFileTracingRoot: process.env.REPOSITORY,
  webpack: (webpack) => {
    webpack.resolve.extensionAlias = { '.ts': ['.ts'], '.js': ['.ts', '.js'] };
    return webpack;
  },
};

export default config;
