import { destinationTypes, partnerOf, secretFields, type DestinationsInput } from '../../destinations/index.ts';
import { partnerTitle } from '../../destinations/form.ts';
import { categoriesOf } from '../../categories.ts';
import type { SettingInput } from '../../settings.ts';
import { ARM_API_VERSION, armBody, armPath, INTUNE_NAMESPACE, settingInputOf } from '../arm.ts';
import { hclString, mapTexts, objectText, powershellJson, powershellString, shellWord, templateText } from './quote.ts';

/** What a setting can be written as. */
export const codeKinds = ['file', 'template', 'bicep', 'terraform', 'cli', 'powershell'] as const;
export type CodeKind = (typeof codeKinds)[number];

/** Where the code sets the setting: Azure itself, or an installation of Weir that speaks as Azure Resource Manager. */
export type CodeTarget =
  | { readonly is: 'azure' }
  | {
      readonly is: 'weir';
      /** Such as `https://weir.contoso.com`. */
      readonly origin: string;
      /** What a token for its API is for, such as `api://<client id>`. */
      readonly audience: string;
    };
/** Deployments run in Azure, and a settings file is Weir's own. */
export const codeTargets: Readonly<Record<CodeKind, readonly CodeTarget['is'][]>> = {
  file: ['weir'],
  template: ['azure'],
  bicep: ['azure'],
  terraform: ['weir', 'azure'],
  cli: ['weir', 'azure'],
  powershell: ['weir', 'azure'],
};
interface Named extends Pick<SettingInput, 'categories'> {
  readonly name: string;
  readonly destinations: DestinationsInput;
}
export interface Code {
  readonly text: string;
  readonly fileName: string;
  readonly mediaType: string;
}

const AZURE = 'https://management.azure.com';
const type = `${INTUNE_NAMESPACE}/diagnosticSettings`;

/**
 * A setting as code: what makes it again, and changes nothing when it is there as it is. Secrets are never in it.
 * @param target where it is set; it must be one of `codeTargets[kind]`
 */
export function asCode(kind: CodeKind, setting: Named, target: CodeTarget): Code {
  const { extension, mediaType, write } = writers[kind];
  return { text: `${write(setting, target)}\n`, fileName: `${fileStem(setting.name)}.${extension}`, mediaType };
}

/** What of a setting cannot be said in a kind of code, in a sentence; null when all can. */
export function unsaid(kind: CodeKind, setting: Named, target: CodeTarget['is']): string | null {
  if (kind === 'file') return null;
  const partner = partnerOf(setting.destinations);
  const days = setting.destinations.storage !== undefined && setting.categories.some((c) => c.retentionDays > 0);
  const found = [
    partner &&
      `${partnerTitle(partner)} is not an Azure resource and is left out${target === 'weir' ? '; where the setting has it, it stays' : ''}.`,
    target === 'azure' && days && 'Azure itself no longer honours retention days: there, use a lifecycle policy of the storage account.',
  ].filter((x) => typeof x === 'string');
  return found.length === 0 ? null : found.join(' ');
}

/** Where a secret of a setting comes from when the file is applied. */
export const secretVariable = (name: string, destination: string, field: string): string =>
  `WEIR_${[name, destination, field].map((part) => part.replaceAll(/([a-z])([A-Z])/g, '$1_$2').replaceAll(/[^A-Za-z0-9]+/g, '_')).join('_')}`.toUpperCase();

/** A setting as it stands in a settings file: everything but its secrets, which are named by a variable of the environment. */
export function fileEntry(setting: Named): Record<string, unknown> {
  const input = settingInputOf(setting);
  const destinations = Object.fromEntries(
    destinationTypes.flatMap((type) => {
      const target = input.destinations[type];
      if (!target) return [];
      const secrets = secretFields(type).map((field) => [field, { env: secretVariable(setting.name, type, field) }]);
      return [[type, { ...target, ...Object.fromEntries(secrets) }]];
    }),
  );
  // The same order wherever it is written: the provider's, then by name.
  const place = new Map(categoriesOf(INTUNE_NAMESPACE).map((c, i) => [c.name, i]));
  const at = (c: { category: string }) => place.get(c.category) ?? place.size;
  const categories = input.categories.toSorted((a, b) => at(a) - at(b) || (a.category < b.category ? -1 : 1));
  return { name: setting.name, ...input, categories, destinations };
}
/** A settings file. */
export const fileOf = (settings: readonly Named[]) => ({ provider: INTUNE_NAMESPACE, settings: settings.map(fileEntry) });

const body = (setting: Named) => armBody(setting);
const urlOf = (setting: Named, target: CodeTarget) => `${target.is === 'azure' ? AZURE : `${target.origin}/arm`}${armPath(setting.name)}`;
const fileStem = (name: string) =>
  name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60)
    .toLowerCase() || 'setting';
const symbol = (name: string) =>
  fileStem(name)
    .replaceAll('-', '_')
    .replace(/^(?=\d)/, '_');

const template = (setting: Named) =>
  JSON.stringify(
    {
      $schema: 'https://schema.management.azure.com/schemas/2019-08-01/tenantDeploymentTemplate.json#',
      contentVersion: '1.0.0.0',
      resources: [
        { type, apiVersion: ARM_API_VERSION, name: templateText(setting.name), ...(mapTexts(body(setting), templateText) as object) },
      ],
    },
    null,
    2,
  );

const bicep = (setting: Named) => `targetScope = 'tenant'

resource setting '${type}@${ARM_API_VERSION}' = ${objectText({ name: setting.name, ...body(setting) }, 'bicep')}`;

function terraform(setting: Named, target: CodeTarget): string {
  const provider =
    target.is === 'azure'
      ? 'provider "azapi" {}'
      : `# The CLI's token is for Weir's API, and the resource manager is Weir.
provider "azapi" {
  use_cli                    = true
  skip_provider_registration = true
  endpoint = [{
    active_directory_authority_host = "https://login.microsoftonline.com/"
    resource_manager_endpoint       = ${hclString(`${target.origin}/arm`)}
    resource_manager_audience       = ${hclString(target.audience)}
  }]
}`;
  return `terraform {
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}

${provider}

resource "azapi_resource" "${symbol(setting.name)}" {
  type      = "${type}@${ARM_API_VERSION}"
  parent_id = "/"
  name      = ${hclString(setting.name)}
  body = ${objectText(body(setting), 'hcl', '  ')}

  schema_validation_enabled = false
}`;
}

function cli(setting: Named, target: CodeTarget): string {
  const lines = [
    'az rest --method put',
    `--url ${shellWord(urlOf(setting, target))}`,
    ...(target.is === 'weir' ? ['--skip-authorization-header', '--headers "Authorization=Bearer $WEIR_TOKEN"'] : []),
    `--body ${shellWord(JSON.stringify(body(setting), null, 2))}`,
  ];
  return `${target.is === 'weir' ? '# WEIR_TOKEN is an access token for Weir.\n' : ''}${lines.join(' \\\n  ')}`;
}

function powershell(setting: Named, target: CodeTarget): string {
  const payload = `$body = ${powershellJson(body(setting))}\n`;
  if (target.is === 'azure')
    return `${payload}Invoke-AzRestMethod -Method PUT -Path ${powershellString(armPath(setting.name))} -Payload $body`;
  return `# $env:WEIR_TOKEN is an access token for Weir.
${payload}$request = @{
  Method      = 'Put'
  Uri         = ${powershellString(urlOf(setting, target))}
  Headers     = @{ Authorization = "Bearer $env:WEIR_TOKEN" }
  ContentType = 'application/json; charset=utf-8'
  Body        = $body
}
Invoke-RestMethod @request`;
}

const writers: Record<CodeKind, { extension: string; mediaType: string; write: (setting: Named, target: CodeTarget) => string }> = {
  file: { extension: 'json', mediaType: 'application/json', write: (setting) => JSON.stringify(fileOf([setting]), null, 2) },
  template: { extension: 'json', mediaType: 'application/json', write: template },
  bicep: { extension: 'bicep', mediaType: 'text/plain', write: bicep },
  terraform: { extension: 'tf', mediaType: 'text/plain', write: terraform },
  cli: { extension: 'sh', mediaType: 'text/x-shellscript', write: cli },
  powershell: { extension: 'ps1', mediaType: 'text/plain', write: powershell },
};
