import { parseQuery } from '@weir/contract';
import { expect, test } from 'vitest';
import { builtInViews } from './views.ts';

test.each(builtInViews)('the view $label can be read', ({ q }) => {
  expect(parseQuery(q)).toMatchObject({ ok: true });
});
