import { defineConfig } from 'vitest/config';

// One PostgreSQL and one pretend cloud's authority serve a whole run; each test file gets a database of its own (packages/testkit).
export default defineConfig({
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'apps/{bff,worker,sandbox,web}/{src,test}/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
