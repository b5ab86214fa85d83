import { Button, MessageBar, MessageBarBody, MessageBarTitle, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { destinationNames, partnerOf, troubledStatuses, type SettingListItem } from '@weir/contract';
import { useId, useState } from 'react';
import { CodeIcon, CollapsedIcon, EditIcon, ExpandIcon } from '../../components/icons.ts';
import { RouterLink } from '../../components/router-link.tsx';
import { DeliveryList } from './delivery-list.tsx';
import { RetentionState } from './retention-state.tsx';
import { figuresOf, targetsOf } from './setting-figures.ts';
import { SettingMenu } from './setting-menu.tsx';
import { shapingSummary } from './shaping-state.ts';
import { SettingStrip } from './setting-strip.tsx';

/** A setting with more deliveries begins with them folded away. */
const SHOWN_DELIVERIES = 8;

/** One setting: its row, what is wrong in words, and its deliveries. */
export function SettingRow({
  setting,
  full,
  columns,
  onEdit,
  onCode,
}: {
  setting: SettingListItem;
  full: boolean;
  columns: number;
  onEdit: () => void;
  onCode: () => void;
}) {
  const styles = useStyles();
  const [open, setOpen] = useState(setting.deliveries.length <= SHOWN_DELIVERIES);
  const below = useId();
  const { name, deliveries } = setting;
  const targets = targetsOf(setting);
  const partner = partnerOf(setting.destinations);
  const figures = figuresOf(deliveries);
  const { urgent, others } = figures;
  const none = <span className={styles.quiet}>-</span>;
  const cell = (text: string) => <td className={styles.cell}>{text || none}</td>;
  return (
    <tbody className={styles.setting}>
      <tr>
        <th scope="row" className={mergeClasses(styles.cell, styles.name)}>
          <RouterLink to="/reports/diagnostics-settings/setting/$name" params={{ name }}>
            {name}
          </RouterLink>
        </th>
        {cell(targets.storage)}
        {cell(targets.eventHub)}
        {cell(targets.logAnalytics)}
        {cell(partner ? `${destinationNames[partner]}: ${targets[partner]}` : '')}
        <td className={mergeClasses(styles.cell, styles.edit)}>
          <Button appearance="subtle" size="small" icon={<EditIcon />} onClick={onEdit} aria-label={`Edit setting ${name}`}>
            Edit setting
          </Button>
        </td>
        <td className={styles.cell}>
          <SettingMenu setting={setting} full={full} />
        </td>
      </tr>
      <tr>
        <td colSpan={columns} className={styles.below}>
          <div className={styles.wide}>
            <SettingStrip setting={setting} figures={figures} />
            {urgent?.reason && urgent.status !== 'Healthy' ? (
              <MessageBar intent={troubledStatuses.includes(urgent.status) ? 'error' : 'info'} layout="multiline">
                <MessageBarBody>
                  <MessageBarTitle>{`${urgent.status}: ${destinationNames[urgent.type]}, ${urgent.category}.`}</MessageBarTitle>
                  {urgent.reason} {urgent.remedy}{' '}
                  {others > 0 ? `${others} more of its deliveries ${others === 1 ? 'is' : 'are'} ${urgent.status}.` : ''}
                </MessageBarBody>
              </MessageBar>
            ) : null}
            {setting.condition || setting.masks.length > 0 ? (
              <Text block size={200} className={styles.quiet}>
                {shapingSummary({ condition: setting.condition ?? '', masks: setting.masks })}
              </Text>
            ) : null}
            <RetentionState setting={setting} />
            <div className={styles.bar}>
              <Button
                appearance="subtle"
                size="small"
                icon={open ? <ExpandIcon /> : <CollapsedIcon />}
                aria-expanded={open}
                aria-controls={below}
                onClick={() => setOpen(!open)}
              >
                {`Deliveries of ${name} (${deliveries.length})`}
              </Button>
              <Button appearance="subtle" size="small" icon={<CodeIcon />} onClick={onCode} aria-label={`As code: ${name}`}>
                As code
              </Button>
            </div>
            <div id={below}>{open ? <DeliveryList deliveries={deliveries} targets={targets} /> : null}</div>
          </div>
        </td>
      </tr>
    </tbody>
  );
}

const useStyles = makeStyles({
  setting: { borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  cell: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS} ${tokens.spacingVerticalS} 0`,
    verticalAlign: 'top',
    textAlign: 'start',
    overflowWrap: 'break-word',
  },
  name: { fontWeight: tokens.fontWeightSemibold, minWidth: '120px', overflowWrap: 'anywhere' },
  edit: { paddingTop: tokens.spacingVerticalXS, whiteSpace: 'nowrap' },
  below: { padding: `${tokens.spacingVerticalS} 0 ${tokens.spacingVerticalL}` },
  wide: {
    position: 'sticky',
    insetInlineStart: 0,
    width: '100cqi',
    boxSizing: 'border-box',
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalS,
  },
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: tokens.spacingHorizontalS,
    marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalS})`,
  },
  quiet: { color: tokens.colorNeutralForeground3 },
});
