/** Directory roles by template id. https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const role = {
  globalAdministrator: '62e90394-69f5-4237-9190-012177145e10',
  intuneAdministrator: '3a2c62db-5318-420d-8d74-23affee5d9d5',
  securityAdministrator: '194ae4cb-b126-40b2-bd5b-6091b380977d',
  reportsReader: '4a5d8f65-41da-4de4-8968-e035b65339cf',
  /** Every member has it; it grants nothing. */
  member: 'b79fbf4d-3ef9-4689-8143-76b194e85509',
};
/** Group whose members hold the custom Intune role "Audit reader". */
export const AUDIT_READER_GROUP = 'c3f0a8d4-5b1e-4f8e-8a55-0d6b6f3c7e21';

export interface Person {
  oid: string;
  tenantId: string;
  name: string;
  upn: string;
  /** What the sign-in page says. */
  role: string;
  wids: string[];
  groups: string[];
  /** May manage the directory's Azure resources. */
  azure: boolean;
}
export interface Directory {
  tenantId: string;
  name: string;
  domain: string;
  subscriptionId: string;
  subscriptionName: string;
  /** Others, beside the one with the destinations that everything uses. */
  moreSubscriptions: readonly { id: string; name: string }[];
}

export const directories: readonly Directory[] = [
  {
    tenantId: '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01',
    name: 'Contoso',
    domain: 'contoso.example',
    subscriptionId: '5f1c7e20-91a4-4d3b-8c6e-1d2f3a4b5c01',
    subscriptionName: 'Contoso Production',
    moreSubscriptions: [{ id: '5f1c7e20-91a4-4d3b-8c6e-1d2f3a4b5c11', name: 'Contoso Branches' }],
  },
  {
    tenantId: 'b1c2f4de-6f0a-4c53-8d7e-5a2b9e8c7f02',
    name: 'Fabrikam',
    domain: 'fabrikam.example',
    subscriptionId: '6a2d8f31-a2b5-4e4c-9d7f-2e3f4b5c6d02',
    subscriptionName: 'Fabrikam Cloud',
    moreSubscriptions: [],
  },
];
const [contoso, fabrikam] = directories as [Directory, Directory];

const person = (directory: Directory, oid: string, name: string, title: string, wids: string[], more: Partial<Person> = {}): Person => ({
  oid,
  tenantId: directory.tenantId,
  name,
  upn: `${name.toLowerCase().replace(' ', '.')}@${directory.domain}`,
  role: title,
  wids: [...wids, role.member],
  groups: [],
  azure: false,
  ...more,
});

export const people: readonly Person[] = [
  person(contoso, '0c2f4a10-7a01-4f6b-b1d1-90a1f2c3d401', 'Avery Howard', 'Global Administrator', [role.globalAdministrator], {
    azure: true,
  }),
  person(contoso, '0c2f4a10-7a01-4f6b-b1d1-90a1f2c3d402', 'Indra Rao', 'Intune Administrator', [role.intuneAdministrator], { azure: true }),
  person(contoso, '0c2f4a10-7a01-4f6b-b1d1-90a1f2c3d407', 'Jules Moreau', 'Intune Administrator, without an Azure subscription', [
    role.intuneAdministrator,
  ]),
  person(contoso, '0c2f4a10-7a01-4f6b-b1d1-90a1f2c3d403', 'Casey Lindqvist', 'Custom Intune role: Audit data / Read', [], {
    groups: [AUDIT_READER_GROUP],
  }),
  person(contoso, '0c2f4a10-7a01-4f6b-b1d1-90a1f2c3d404', 'Sasha Petrov', 'Security Administrator', [role.securityAdministrator]),
  person(contoso, '0c2f4a10-7a01-4f6b-b1d1-90a1f2c3d405', 'Robin Okafor', 'Reports Reader', [role.reportsReader]),
  person(contoso, '0c2f4a10-7a01-4f6b-b1d1-90a1f2c3d406', 'Nico Marsh', 'No role', []),
  person(fabrikam, '1d3e5b20-8b02-4a7c-a2e2-a1b2c3d4e501', 'Avery Howard', 'Global Administrator', [role.globalAdministrator], {
    azure: true,
  }),
  person(fabrikam, '1d3e5b20-8b02-4a7c-a2e2-a1b2c3d4e502', 'Indra Rao', 'Intune Administrator', [role.intuneAdministrator], {
    azure: true,
  }),
];
