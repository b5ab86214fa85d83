import { Field, Input, Radio, RadioGroup, Select, Text, makeStyles, tokens } from '@fluentui/react-components';
import {
  archiveAfterYear,
  batchDefaults,
  defaultPrices,
  estimateMonth,
  pricesOf,
  regions,
  volumesOfDays,
  volumesOfUsers,
  type CostedSetting,
  type Estimate,
  type RegionPrices,
  type Volumes,
} from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Disclosure } from '../../components/disclosure.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { formatNumber } from '../../lib/format.ts';
import { volumeQuery } from './api.ts';
import { appendsOf, costedOf, dollarsText, usersOf, volumeText, type Period } from './cost-state.ts';
import { CostTable } from './cost-table.tsx';
import type { FormState } from './form-state.ts';
import { MicrosoftTables } from './microsoft-tables.tsx';

/** What is ticked would bring and cost: from the directory's own last 30 days, or from a number of users. */
export default function VolumeAndCost({ state }: { state: FormState }) {
  const styles = useStyles();
  const heading = useId();
  const [from, setFrom] = useState<'days' | 'users'>('days');
  const [typed, setTyped] = useState('1,000');
  const [period, setPeriod] = useState<Period>('month');
  const [region, setRegion] = useState(defaultPrices.region);
  const measured = useQuery({ ...volumeQuery(), enabled: from === 'days' });
  const users = usersOf(typed);
  const prices = pricesOf(region);
  const volumes = from === 'users' ? users && volumesOfUsers(users) : measured.data && volumesOfDays(measured.data.items);

  return (
    <section aria-labelledby={heading} className={styles.section}>
      <h2 id={heading} className={styles.heading}>
        Volume and cost
      </h2>
      <div className={styles.choices}>
        <Field label="Estimate from">
          <RadioGroup value={from} onChange={(_, d) => setFrom(d.value === 'users' ? 'users' : 'days')}>
            <Radio value="days" label="The last 30 days of this directory" />
            <Radio value="users" label="A number of users" />
          </RadioGroup>
        </Field>
        {from === 'users' ? (
          <Field
            label="Users"
            hint="Each brings about 15 audit records of 2 KB a day."
            {...(users === null && { validationState: 'error', validationMessage: 'Enter a whole number of users, such as 1,000.' })}
          >
            <Input inputMode="numeric" value={typed} onChange={(_, d) => setTyped(d.value)} />
          </Field>
        ) : null}
        <Field label="Cost of a">
          <Select value={period} onChange={(_, d) => setPeriod(d.value as Period)}>
            <option value="day">day</option>
            <option value="month">month</option>
            <option value="year">year</option>
          </Select>
        </Field>
        <Field label="Prices of">
          <Select value={region} onChange={(_, d) => setRegion(d.value)}>
            {regions.map((r) => (
              <option key={r.region} value={r.region}>
                {r.label}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {from === 'days' && measured.error ? <ErrorState error={measured.error} onRetry={() => void measured.refetch()} /> : null}
      {from === 'days' && measured.isPending ? <LoadingRows label="Loading the last 30 days" rows={2} /> : null}
      {volumes ? <Figures setting={costedOf(state)} volumes={volumes} prices={prices} period={period} /> : null}
      {from === 'users' && users !== null ? (
        <Disclosure title="Microsoft’s tables" summary="The same number of users in the tables of Intune’s documentation.">
          <MicrosoftTables users={users} prices={prices} />
          <Text size={200} className={styles.quiet}>
            They count writes in proportion to the volume, and round. The estimate above counts each batch, so it says more for a small
            directory.
          </Text>
        </Disclosure>
      ) : null}
      <Text size={200} className={styles.quiet}>
        An estimate, before tax. Prices as of {prices.asOf}. {prices.source}
      </Text>
    </section>
  );
}

interface FiguresProps {
  setting: CostedSetting;
  volumes: Volumes;
  prices: RegionPrices;
  period: Period;
}
function Figures({ setting, volumes, prices, period }: FiguresProps) {
  const styles = useStyles();
  const estimate = estimateMonth(setting, volumes, prices);
  const empty = setting.categories.length === 0 || Object.keys(setting.destinations).length === 0;
  return (
    <>
      <Text role="status" className={styles.total}>
        {empty ? 'Tick a log and a destination to see what they cost.' : totalText(estimate)}
      </Text>
      {!empty && (estimate.lines.length > 0 || estimate.fixed.length > 0) ? <CostTable estimate={estimate} period={period} /> : null}
      {!empty && estimate.unknown.length > 0 ? (
        <Text>
          Not in the sum, because nothing is known of {estimate.unknown.length === 1 ? 'its' : 'their'} volume:{' '}
          {estimate.unknown.join(', ')}.
        </Text>
      ) : null}
      {!empty && 'storage' in setting.destinations && estimate.lines.length > 0 ? <Archive {...{ setting, volumes, prices }} /> : null}
    </>
  );
}
function totalText({ lines, fixed, dollars }: Estimate): string {
  if (lines.length === 0 && fixed.length === 0) return 'Nothing is known yet.';
  if (fixed.length === 0 && lines.every((line) => line.dollars === null)) return 'What it costs is not known: its receiver charges for it.';
  return `About ${dollarsText(dollars)} a month, ${dollarsText(dollars * 12)} a year.`;
}

/** What the interval and the retention days do to an archive. */
function Archive({ setting, volumes, prices }: Omit<FiguresProps, 'period'>) {
  const styles = useStyles();
  const current = setting.batching?.storage?.intervalSeconds ?? batchDefaults.storage.intervalSeconds;
  const others = [60, 300, 900].filter((seconds) => seconds !== current);
  const appends = (intervalSeconds: number) => {
    const batching = { ...setting.batching, storage: { ...setting.batching?.storage, intervalSeconds } };
    const { operations, dollars } = appendsOf(estimateMonth({ ...setting, batching }, volumes, prices));
    return `every ${formatNumber(intervalSeconds)} s: ${formatNumber(Math.round(operations))}, ${dollarsText(dollars)}`;
  };
  const held = archiveAfterYear(setting, volumes, prices);
  return (
    <ul className={styles.list}>
      <li>
        Appends to storage in a month, {appends(current)} (now); {others.map(appends).join('; ')}.
      </li>
      <li>
        After a year the archive holds {volumeText(held.bytes)}; keeping it costs {dollarsText(held.dollars)} a month then.
      </li>
    </ul>
  );
}

const useStyles = makeStyles({
  section: { display: 'grid', rowGap: tokens.spacingVerticalM, minWidth: 0 },
  heading: { margin: 0, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, lineHeight: tokens.lineHeightBase400 },
  choices: { display: 'flex', flexWrap: 'wrap', alignItems: 'start', gap: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalXXL}` },
  total: { fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground3, display: 'block' },
  list: { margin: 0, paddingInlineStart: tokens.spacingHorizontalXL, display: 'grid', rowGap: tokens.spacingVerticalXS },
});
