export * from './access.ts';
export * from './errors.ts';
export * from './intune-actions.ts';
export * from './principal.ts';
export * from './roles.ts';
export * from './token.ts';
