import { Button, Tooltip } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { useAnnounce } from './announce.tsx';
import { CopiedIcon, CopyIcon } from './icons.ts';

/** Copies a value. `label` names what: `Copy CorrelationID`. */
export function CopyButton({ value, label, className }: { value: string; label: string; className?: string }) {
  const announce = useAnnounce();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => {
        setCopied(true);
        announce('Copied');
      },
      () => announce('The browser did not allow copying.'),
    );
  return (
    <Tooltip relationship="label" content={copied ? 'Copied' : label} withArrow>
      <Button
        appearance="subtle"
        size="small"
        icon={copied ? <CopiedIcon /> : <CopyIcon />}
        onClick={() => void copy()}
        {...(className && { className })}
      />
    </Tooltip>
  );
}
