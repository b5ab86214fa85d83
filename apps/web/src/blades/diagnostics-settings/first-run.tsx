import { Link, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../../lib/session.ts';
import { subscriptionsQuery } from './api.ts';
import { NoSubscription } from './no-subscription.tsx';

/** Before the first setting: the portal's words, and the logs that can be collected. */
export function FirstRun({ categories, onAdd }: { categories: readonly { name: string; description: string }[]; onAdd: () => void }) {
  const styles = useStyles();
  const { me } = useSession();
  const write = me.permissions.includes('intune.settings.write');
  const subscriptions = useQuery({ ...subscriptionsQuery(), enabled: write });
  return (
    <div className={styles.first}>
      {subscriptions.data?.items.length === 0 ? <NoSubscription /> : null}
      <Text as="p" size={400} className={styles.lead}>
        {write ? (
          <>
            <Link as="button" inline onClick={onAdd} className={styles.turnOn}>
              Turn on diagnostics
            </Link>{' '}
            to collect the following data.
          </>
        ) : (
          'There is no diagnostic setting yet. The following data could be collected.'
        )}
      </Text>
      <dl className={styles.categories}>
        {categories.map((category) => (
          <div key={category.name}>
            <dt className={styles.category}>{category.name}</dt>
            <dd className={styles.about}>{category.description}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const useStyles = makeStyles({
  first: { maxWidth: '640px', display: 'grid', rowGap: tokens.spacingVerticalL },
  lead: { margin: 0 },
  turnOn: { fontSize: 'inherit' },
  categories: { display: 'grid', rowGap: tokens.spacingVerticalM, margin: 0 },
  category: { fontWeight: tokens.fontWeightSemibold },
  about: { margin: 0, color: tokens.colorNeutralForeground2 },
});
