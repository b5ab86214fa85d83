import { createHash } from 'node:crypto';
import type { Person } from '../people.ts';

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const style = `:root{color-scheme:light dark;--bg:#f3f5f8;--card:#fff;--text:#1b1a19;--quiet:#57606a;--line:#d8dde3;--brand:#0b62ba}
@media (prefers-color-scheme:dark){:root{--bg:#141619;--card:#1f2226;--text:#f2f2f2;--quiet:#a9b1ba;--line:#3a4047;--brand:#6cb2ff}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;background:var(--bg);color:var(--text);font:15px/1.45 "Segoe UI",system-ui,-apple-system,Roboto,sans-serif}
main{width:100%;max-width:440px;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:32px 28px}
.org{color:var(--quiet);font-weight:600;margin:0 0 12px}h1{font-size:24px;line-height:1.25;margin:0 0 4px;font-weight:600}p{margin:0 0 20px;color:var(--quiet)}
form{display:grid;gap:8px}button{display:grid;grid-template-columns:40px 1fr;column-gap:12px;align-items:center;text-align:left;width:100%;padding:10px 12px;border:1px solid var(--line);border-radius:6px;background:transparent;color:inherit;font:inherit;cursor:pointer}
button:hover{border-color:var(--brand)}button:focus-visible{outline:2px solid var(--brand);outline-offset:2px}
.initials{width:40px;height:40px;border-radius:50%;display:grid;place-items:center;background:var(--brand);color:var(--card);font-weight:600}
.name{display:block;font-weight:600}.role{display:block;color:var(--quiet);font-size:13px}`;
const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
export const submitScript = 'document.forms[0].submit()';
const scriptHash = `'sha256-${createHash('sha256').update(submitScript).digest('base64')}'`;
/** The pages' own policy. `form-action` stays open: browsers hold the redirects after a form to it as well. */
export const pagePolicy = `default-src 'none'; style-src ${styleHash}; script-src ${scriptHash}; base-uri 'none'; frame-ancestors 'self'`;

/** The page on which one of the seeded people is chosen. */
export function signInPage(action: string, directoryName: string, people: readonly Person[]): string {
  const buttons = people
    .map((p) => {
      const initials = p.name
        .split(' ')
        .map((word) => word[0])
        .join('');
      return `<button name="oid" value="${escape(p.oid)}"><span class="initials" aria-hidden="true">${escape(initials)}</span><span><span class="name">${escape(p.name)}</span> <span class="role">${escape(p.role)}</span></span></button>`;
    })
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Sign in to ${escape(directoryName)}</title><style>${style}</style></head>
<body><main><p class="org">${escape(directoryName)}</p><h1>Sign in</h1><p>This is the sandbox: choose who you are. There are no passwords.</p><form method="post" action="${escape(action)}">${buttons}</form></main></body></html>`;
}
