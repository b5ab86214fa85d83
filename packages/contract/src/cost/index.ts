export * from './estimate.ts';
export * from './prices.ts';
export * from './tables.ts';
export * from './volume.ts';
