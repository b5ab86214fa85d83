export * from './types.ts';
export * from './ports.ts';
export * from './back-off.ts';
export * from './deliver.ts';
export * from './derive-status.ts';
export * from './plan-windows.ts';
export * from './time-limit.ts';
export * from './secret.ts';
