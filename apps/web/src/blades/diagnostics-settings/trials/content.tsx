import { Text, makeStyles, tokens } from '@fluentui/react-components';
import type { SettingPreview } from '@weir/contract';
import type { ReactNode } from 'react';
import { CopyButton } from '../../../components/copy-button.tsx';
import { LongText } from '../../../components/long-text.tsx';
import { PlainText } from '../../../components/plain-text.tsx';
import { formatNumber } from '../../../lib/format.ts';
import { bytesText } from './trial-text.ts';

type Content = Omit<SettingPreview['items'][number], 'type'>;

/** A request byte for byte. `name` is the destination's, for screen readers. `sentBytes`: as it travelled, where it did. */
export function RequestContent({ content, name, sentBytes }: { content: Content; name: string; sentBytes?: number }) {
  const styles = useStyles();
  const { method, address, headers, contentType, encoding, bytes, body, cut } = content;
  const travelled =
    encoding === null ? '' : sentBytes === undefined ? ', compressed with gzip on its way' : `, ${formatNumber(sentBytes)} with gzip`;
  return (
    <div className={styles.root}>
      <dl className={styles.facts}>
        <Fact name={method === 'AMQP' ? 'Message to' : method}>
          <PlainText text={address} />
        </Fact>
        <Fact name="Content type">{contentType}</Fact>
        {Object.entries(headers).map(([header, value]) => (
          <Fact key={header} name={header}>
            {value}
          </Fact>
        ))}
        <Fact name="Body">{`${bytesText(body, bytes)}${travelled}`}</Fact>
      </dl>
      <div className={styles.bytes}>
        <LongText text={body} name={`Body for ${name}`} className={styles.body} />
        <CopyButton value={body} label={`Copy the body for ${name}`} />
      </div>
      {cut ? <Text size={200}>Only the beginning is shown.</Text> : null}
    </div>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.fact}>
      <dt className={styles.name}>{name}</dt>
      <dd className={styles.value}>{children}</dd>
    </div>
  );
}

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalS },
  facts: { margin: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalXXS },
  fact: { display: 'flex', columnGap: tokens.spacingHorizontalS, minWidth: 0 },
  name: { color: tokens.colorNeutralForeground2, minWidth: '104px', flexShrink: 0 },
  value: { margin: 0, minWidth: 0, overflowWrap: 'anywhere' },
  bytes: { display: 'flex', alignItems: 'flex-start', columnGap: tokens.spacingHorizontalXS, minWidth: 0 },
  body: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    boxSizing: 'border-box',
    width: '100%',
    padding: tokens.spacingHorizontalS,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorTransparentStroke}`,
  },
});
