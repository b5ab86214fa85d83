import { expect, test } from 'vitest';
import { allEndpoints, openApiDocument } from './openapi.ts';

const document = openApiDocument('1.2.3');

test('every endpoint of the contract stands in the OpenAPI document with its access and its problem answer', () => {
  expect(allEndpoints.length).toBeGreaterThan(15);
  for (const endpoint of allEndpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    const operation = document.paths?.[path]?.[endpoint.method.toLowerCase() as 'get'];
    expect(operation?.operationId).toBe(endpoint.id);
    expect(operation?.responses?.['default']).toBeDefined();
    expect(operation?.security).toEqual(endpoint.access === 'public' ? [] : [{ bearer: [] }]);
  }
});

test('every reference inside the document leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((m) => m[1]!);
  expect(references.length).toBeGreaterThan(5);
  for (const reference of references) {
    const target = reference.split('/').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
    expect(target, reference).toBeDefined();
  }
});

test('operation ids are unique', () => {
  const ids = allEndpoints.map((e) => e.id);
  expect(new Set(ids).size).toBe(ids.length);
});
