export * from './types.ts';
export * from './ports.ts';
