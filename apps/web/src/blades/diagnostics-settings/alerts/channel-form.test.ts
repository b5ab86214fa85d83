import { expect, test } from 'vitest';
import { emptyForm, formOf, readForm, withSecurity, type ChannelForm } from './channel-form.ts';

const mail: ChannelForm = {
  ...emptyForm('email'),
  name: 'Operations',
  host: 'smtp.contoso.com',
  user: 'weir',
  from: 'weir@contoso.com',
  to: 'a@contoso.com; b@contoso.com\nc@contoso.com',
  secret: ' with blanks ',
};

test('recipients are read from lines, commas and semicolons; a password stays as it was typed', () => {
  expect(readForm(mail)).toEqual({
    input: {
      type: 'email',
      name: 'Operations',
      host: 'smtp.contoso.com',
      port: 587,
      security: 'starttls',
      user: 'weir',
      from: 'weir@contoso.com',
      to: ['a@contoso.com', 'b@contoso.com', 'c@contoso.com'],
      secret: ' with blanks ',
    },
  });
});

test('each wrong field is named once, in words', () => {
  const read = readForm({ ...mail, name: '', port: 'x', to: 'nobody, also nobody', from: 'Weir <weir@contoso.com>' });
  expect(Object.keys('errors' in read ? read.errors : {}).toSorted()).toEqual(['from', 'name', 'port', 'to']);
  expect(readForm({ ...mail, port: '' })).toEqual({ errors: { port: expect.stringContaining('Enter a port') } });
});

test('encryption brings its port, unless another one was entered', () => {
  expect(withSecurity(mail, 'tls').port).toBe('465');
  expect(withSecurity({ ...mail, port: '2525' }, 'tls').port).toBe('2525');
});

test('a channel that is there fills the form, but for its secret', () => {
  const read = readForm({ ...mail });
  if (!('input' in read) || read.input.type !== 'email') throw new Error('The form could not be read.');
  const { secret: _secret, name, ...target } = read.input;
  const view = { id: 'c0ffee00-0000-4000-8000-000000000001', name, target, secretSetAt: null, waiting: 0, lastSentAt: null, fault: null };
  const form = formOf(view);
  expect(form.secret).toBe('');
  expect(readForm(form)).toEqual({ input: { ...read.input, secret: undefined } });
});
