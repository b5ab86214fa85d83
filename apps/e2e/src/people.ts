/** The seeded people of Contoso, by role. */
export const people = {
  globalAdministrator: 'Avery Howard',
  intuneAdministrator: 'Indra Rao',
  withoutAzure: 'Jules Moreau',
  auditReader: 'Casey Lindqvist',
  securityAdministrator: 'Sasha Petrov',
  reportsReader: 'Robin Okafor',
  noRole: 'Nico Marsh',
} as const;
export type Person = (typeof people)[keyof typeof people];
