import { alertChannelInput, type AlertChannelInput, type AlertChannelView, type MailSecurity } from '@weir/contract';

/** What the form holds, as it is typed. */
export interface ChannelForm {
  type: 'webhook' | 'email';
  name: string;
  url: string;
  host: string;
  port: string;
  security: MailSecurity;
  user: string;
  from: string;
  to: string;
  secret: string;
}
const ports: Record<MailSecurity, string> = { starttls: '587', tls: '465', none: '25' };
export const securityNames: Record<MailSecurity, string> = { starttls: 'STARTTLS', tls: 'TLS', none: 'None' };

export const emptyForm = (type: ChannelForm['type']): ChannelForm => ({
  type,
  name: '',
  url: '',
  host: '',
  port: ports.starttls,
  security: 'starttls',
  user: '',
  from: '',
  to: '',
  secret: '',
});
/** The form of a channel that is there. Its secret is not: nobody can read it back. */
export function formOf({ name, target }: AlertChannelView): ChannelForm {
  const form = { ...emptyForm(target.type), name };
  if (target.type === 'webhook') return { ...form, url: target.url };
  const { host, port, security, user = '', from, to } = target;
  return { ...form, host, port: String(port), security, user, from, to: to.join('\n') };
}
/** Another encryption brings its usual port, unless somebody entered one of their own. */
export const withSecurity = (form: ChannelForm, security: MailSecurity): ChannelForm => ({
  ...form,
  security,
  port: form.port === ports[form.security] ? ports[security] : form.port,
});

/** The body of the request, or what is wrong with each field, in the words of the contract. */
export function readForm(form: ChannelForm): { input: AlertChannelInput } | { errors: Record<string, string> } {
  const optional = (text: string) => (text === '' ? undefined : text);
  const body =
    form.type === 'webhook'
      ? { type: form.type, name: form.name, url: form.url, secret: optional(form.secret.trim()) }
      : {
          type: form.type,
          name: form.name,
          host: form.host,
          port: form.port.trim() === '' ? undefined : Number(form.port),
          security: form.security,
          user: optional(form.user.trim()),
          from: form.from,
          to: form.to.split(/[\s,;]+/).filter(Boolean),
          secret: optional(form.secret),
        };
  const result = alertChannelInput.safeParse(body);
  if (result.success) return { input: result.data };
  const errors: Record<string, string> = {};
  for (const issue of result.error.issues) errors[fieldOf(issue.path.join('.'))] ??= issue.message;
  return { errors };
}
/** `to.0` and `body.to` are the field `to`. */
export const fieldOf = (path: string): string => path.replace(/^body\./, '').split('.')[0]!;
