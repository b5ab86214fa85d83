import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bicepValue, find, hclBlock, hclValue, parserOf, powershellStrings } from '../../../test/code-readers.ts';
import { settingInput, settingName, type SettingInput } from '../../settings.ts';
import { armBody, armPath, settingFromArm } from '../arm.ts';
import { asCode, codeKinds, codeTargets, unsaid, type CodeTarget } from './index.ts';
import { bicepString, hclString, objectText, powershellString, shellWord } from './quote.ts';

const weir: CodeTarget = { is: 'weir', origin: 'https://weir.contoso.com', audience: 'api://weir' };
const azure: CodeTarget = { is: 'azure' };
const pieces = [
  "'",
  '"',
  '`',
  '$',
  '${',
  '$${',
  '$(',
  '{',
  '}',
  '%{',
  '\\',
  '\\n',
  "'@",
  '@"',
  '[',
  ']',
  '#',
  '//',
  '\n',
  '\r\n',
  '\t',
  ' ',
  ';',
  '|',
  '!',
  '~',
  '\u2018',
  '\u2019',
  '\u2028',
  '\u0000',
  '\u007f',
  'ü',
  '😀',
  'a',
  'Archive',
];
/** Whatever may stand in a value. */
const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((p) => p.join(''));
/** Whatever a name may be. */
const name = fc
  .oneof(
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 10 }).map((p) => p.join('')),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  )
  .filter((n) => settingName.safeParse(n).success);
const id = (kind: string, last: fc.Arbitrary<string>) =>
  last.map((n) => `/subscriptions/5f1c/resourceGroups/Ünï (1)/providers/${kind}/${n}`.replace(' ', '_'));
const word = fc.stringMatching(/^[-A-Za-z0-9_.()]{1,20}[a-z]$/);
const days = fc.integer({ min: 0, max: 365 });
const setting: fc.Arbitrary<SettingInput & { name: string }> = fc
  .record({
    name,
    categories: fc
      .uniqueArray(fc.constantFrom('AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'), { minLength: 1 })
      .chain((names) => fc.tuple(...names.map((category) => days.map((retentionDays) => ({ category, retentionDays }))))),
    destinations: fc.record(
      {
        storage: fc.record({ storageAccountId: id('Microsoft.Storage/storageAccounts', word) }),
        eventHub: fc.record(
          {
            authorizationRuleId: id('Microsoft.EventHub/namespaces/siem/authorizationRules', word),
            eventHubName: fc.stringMatching(/^[a-z]{1,8}$/),
          },
          { requiredKeys: ['authorizationRuleId'] },
        ),
        logAnalytics: fc.record({ workspaceId: id('Microsoft.OperationalInsights/workspaces', word) }),
      },
      { requiredKeys: [] },
    ),
  })
  .filter((s) => Object.keys(s.destinations).length > 0);

test('what is made is a setting, and its body makes the same setting again', () => {
  fc.assert(
    fc.property(setting, ({ categories, destinations }) => {
      const input = { categories, destinations };
      expect(settingInput.parse(input)).toEqual(input);
      expect(settingFromArm(armBody(input), null, ['AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'])).toEqual({ input });
      // A body that has been through a PUT again changes nothing, whatever else the setting has.
      const more = { ...input, destinations: { ...input.destinations, splunk: { url: 'https://splunk.example' } } };
      expect(settingFromArm(armBody(more), more, [])).toEqual({ input: more });
    }),
  );
});

describe('a quoted text is read back as it was', () => {
  test('by a shell', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(!text.includes('\u0000'));
        expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
      }),
      { numRuns: 60 },
    );
  });
  test('by the grammars of HCL, Bicep and PowerShell', async () => {
    const [hcl, bicep, powershell] = await Promise.all([parserOf('hcl'), parserOf('bicep'), parserOf('powershell')]);
    fc.assert(
      fc.property(hostile, (text) => {
        expect(hclValue(hclBlock(hcl(`locals {\n  a = ${hclString(text)}\n}\n`), 'locals')['a']!)).toBe(text);
        // This grammar takes two slashes in a string for a comment; Bicep does not.
        if (!text.includes('//')) expect(bicepValue(find(bicep(`var a = ${bicepString(text)}\n`), 'string')[0]!)).toBe(text);
        if (!text.includes('\u0000')) expect(powershellStrings(powershell(`$a = ${powershellString(text)}\n`))).toEqual([text]);
      }),
      { numRuns: 500 },
    );
  });
  test.skipIf(spawnSync('terraform', ['version']).status !== 0)('by Terraform itself', () => {
    const dir = mkdtempSync(join(tmpdir(), 'weir-hcl-'));
    try {
      // It writes texts in their composed form.
      const texts = fc.sample(hostile, 400).map((t) => t.normalize('NFC'));
      const bodies = fc.sample(setting, 20).map(armBody);
      writeFileSync(join(dir, 'main.tf'), `locals {\n  all = ${objectText({ texts, bodies }, 'hcl', '  ')}\n}\n`);
      for (const [i, s] of fc.sample(setting, 8).entries()) {
        const { text } = asCode('terraform', s, i % 2 === 0 ? weir : azure);
        expect(execFileSync('terraform', ['fmt', '-'], { cwd: dir, input: text, encoding: 'utf8', stdio: 'pipe' })).toBe(text);
      }
      const out = execFileSync('terraform', ['console'], { cwd: dir, input: 'base64encode(jsonencode(local.all))\n', encoding: 'utf8' });
      expect(JSON.parse(Buffer.from(JSON.parse(out.trim().split('\n').at(-1)!) as string, 'base64').toString())).toEqual({ texts, bodies });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('as code, a setting is read back as the request that makes it', () => {
  test('from a shell, which calls az with the address and the body', () => {
    fc.assert(
      fc.property(setting, fc.constantFrom(weir, azure), (s, target) => {
        const script = `az() { printf '%s\\0' "$@"; }\n${asCode('cli', s, target).text}`;
        const args = execFileSync('sh', ['-eu'], { input: script, encoding: 'utf8', env: { WEIR_TOKEN: 'of-mine' } }).split('\0');
        const after = (option: string) => args[args.indexOf(option) + 1];
        const base = target.is === 'azure' ? 'https://management.azure.com' : 'https://weir.contoso.com/arm';
        expect([args[0], after('--method'), after('--url')]).toEqual(['rest', 'put', base + armPath(s.name)]);
        expect(decodeURIComponent(new URL(after('--url')!).pathname.split('/').at(-1)!)).toBe(s.name);
        expect(JSON.parse(after('--body')!)).toEqual(armBody(s));
        expect(args.includes('Authorization=Bearer of-mine')).toBe(target.is === 'weir');
      }),
      { numRuns: 60 },
    );
  });
  test('from Terraform', async () => {
    const parse = await parserOf('hcl');
    fc.assert(
      fc.property(setting, fc.constantFrom(weir, azure), (s, target) => {
        const root = parse(asCode('terraform', s, target).text);
        const { name: as, body, type } = hclBlock(root, 'resource "azapi_resource" "');
        expect([hclValue(as!), hclValue(body!), hclValue(type!)]).toEqual([
          s.name,
          armBody(s),
          'microsoft.intune/diagnosticSettings@2017-04-01-preview',
        ]);
        const { endpoint } = hclBlock(root, 'provider "azapi"');
        expect(endpoint && hclValue(endpoint)).toEqual(
          target.is === 'azure'
            ? undefined
            : [
                {
                  active_directory_authority_host: 'https://login.microsoftonline.com/',
                  resource_manager_endpoint: 'https://weir.contoso.com/arm',
                  resource_manager_audience: 'api://weir',
                },
              ],
        );
      }),
      { numRuns: 200 },
    );
  });
  test('from Bicep', async () => {
    const parse = await parserOf('bicep');
    fc.assert(
      fc.property(setting, (s) => {
        const [resource, ...more] = find(parse(asCode('bicep', s, azure).text), 'resource_declaration');
        expect(more).toEqual([]);
        expect(bicepValue(resource!.namedChildren.at(-1)!)).toEqual({ name: s.name, ...armBody(s) });
      }),
      { numRuns: 200 },
    );
  });
  test('from PowerShell', async () => {
    const parse = await parserOf('powershell');
    fc.assert(
      fc.property(setting, (s) => {
        const [body, path, ...more] = powershellStrings(parse(asCode('powershell', s, azure).text));
        expect([JSON.parse(body!), path, more]).toEqual([armBody(s), armPath(s.name), []]);
        const [sameBody, method, uri] = powershellStrings(parse(asCode('powershell', s, weir).text));
        expect([sameBody, method, uri]).toEqual([body, 'Put', `https://weir.contoso.com/arm${armPath(s.name)}`]);
      }),
      { numRuns: 200 },
    );
  });
  test('from a deployment template, in which no text is an expression', () => {
    const read = (text: string): string => {
      if (!(text.startsWith('[') && text.endsWith(']'))) return text;
      expect(text.startsWith('[[')).toBe(true);
      return text.slice(1);
    };
    fc.assert(
      fc.property(setting, (s) => {
        const template = JSON.parse(asCode('template', s, azure).text) as { $schema: string; resources: { name: string }[] };
        expect(template.$schema).toContain('/tenantDeploymentTemplate.json');
        const [{ name: as, ...resource }] = template.resources as [{ name: string }];
        expect(read(as)).toBe(s.name);
        expect(resource).toEqual({ type: 'microsoft.intune/diagnosticSettings', apiVersion: '2017-04-01-preview', ...armBody(s) });
      }),
    );
  });
});

test('a file name is plain whatever the setting is called, and nothing holds a secret', () => {
  fc.assert(
    fc.property(setting, fc.constantFrom(...codeKinds), (s, kind) => {
      const target = codeTargets[kind].includes('weir') ? weir : azure;
      const secretive = { ...s, destinations: { ...s.destinations, splunk: { url: 'https://splunk.example', token: 'f00dfeed' } } };
      const code = asCode(kind, secretive, target);
      expect(code.fileName).toMatch(/^[a-z0-9-]{1,60}\.(json|bicep|tf|sh|ps1)$/);
      expect(code.text).not.toContain('f00dfeed');
      expect(unsaid(kind, secretive, target.is)).toEqual(
        kind === 'file' ? null : expect.stringContaining('Splunk is not an Azure resource'),
      );
    }),
  );
});
