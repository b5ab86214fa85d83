import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import type { Command } from '../../components/command-bar.tsx';
import { CopyViewIcon } from '../../components/icons.ts';
import type { Filter } from './api.ts';
import { viewText, type CopyForm } from './view-texts.ts';

const labels: Record<CopyForm, string> = {
  link: 'Link',
  fixed: 'Link with these times',
  graph: 'Graph request',
  kql: 'KQL query',
  curl: 'curl command',
};
export type Copied = { form: string; text: string | null; done: boolean } | null;

/** The command that copies what the blade shows, in several forms, and what came of it. */
export function useCopyView(filter: Filter): { command: Command; copied: Copied; dismiss: () => void } {
  const announce = useAnnounce();
  const [copied, setCopied] = useState<Copied>(null);
  const copy = async (form: CopyForm) => {
    const text = viewText(form, filter, location.href);
    const done =
      text !== null &&
      (await navigator.clipboard.writeText(text).then(
        () => true,
        () => false,
      ));
    setCopied({ form: labels[form], text, done });
    if (done) announce(`Copied as ${labels[form]}`);
  };
  const choices = (Object.keys(labels) as CopyForm[]).map((form) => ({
    label: labels[form],
    long: `Copy view as ${labels[form]}`,
    onClick: () => void copy(form),
  }));
  return { command: { id: 'copy', label: 'Copy view as', icon: <CopyViewIcon />, choices }, copied, dismiss: () => setCopied(null) };
}
