import { Button, Tooltip } from '@fluentui/react-components';
import { useEffect, useState, type ReactElement } from 'react';
import { useAnnounce } from './announce.tsx';
import { CopiedIcon, CopyIcon } from './icons.ts';

interface Props {
  value: string;
  /** Names what: `Copy CorrelationID`. */
  label: string;
  className?: string;
  /** Another picture, and the size that goes with it. */
  icon?: ReactElement;
  size?: 'small' | 'medium';
}

/** Copies a value. */
export function CopyButton({ value, label, className, icon = <CopyIcon />, size = 'small' }: Props) {
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
        size={size}
        icon={copied ? <CopiedIcon /> : icon}
        onClick={() => void copy()}
        {...(className && { className })}
      />
    </Tooltip>
  );
}
