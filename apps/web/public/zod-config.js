// Zod otherwise compiles its checks with `new Function`, which the page's policy forbids and the browser reports.
// Here and not in a module, because it must stand before the first schema is made, in whatever order the bundler loads its chunks.
globalThis.__zod_globalConfig = { jitless: true };
