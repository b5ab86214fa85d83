import { expect, test } from 'vitest';
import { textOfBase64 } from './base64.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
test.each([
  ['ScriptContent', 'V3JpdGUtT3V0cHV0ICJ0ZXN0Ig==', 'Write-Output "test"'],
  ['$Collection.Rules.ScriptContent[0]', 'V3JpdGUtT3V0cHV0ICJ0ZXN0Ig==', 'Write-Output "test"'],
  ['DetectionScriptContent', base64('# prüfen\r\nexit 0 👍'), '# prüfen\r\nexit 0 👍'],
  ['Payload', base64('<plist version="1.0"/>'), '<plist version="1.0"/>'],
  ['DisplayName', base64('Write-Output "test"'), null],
  ['ScriptContent', 'Write-Output "test"', null],
  ['ScriptContent', 'YWJj', null],
  ['ScriptContent', Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8]).toString('base64'), null],
  ['ScriptContent', Buffer.from([0xff, 0xfe, 0x41, 0x42, 0xc3, 0x28, 1, 1, 1]).toString('base64'), null],
  ['ScriptContent', null, null],
  ['ScriptContent', '', null],
])('%s %s', (name, value, text) => expect(textOfBase64(name, value)).toBe(text));
test('64 kB are no trouble', () => expect(textOfBase64('ScriptContent', base64('x\n'.repeat(32_000)))).toBe('x\n'.repeat(32_000)));
