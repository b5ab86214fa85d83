// Zod otherwise compiles its checks with `new Function`, which the page's policy forbids and the browser reports. A script of
// its own, because it must run before the first schema is made, whatever order the bundler gives the chunks.
// https://zod.dev/api (z.config, jitless)
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
export {};
