import manifest from '../package.json' with { type: 'json' };

/** Node's options of the worker, as its own `pnpm start` has them. */
export const nodeOptions = manifest.scripts.start.split(' ').filter((part) => part.startsWith('--'));
