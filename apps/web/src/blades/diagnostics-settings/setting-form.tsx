import { Field, Input, MessageBar, MessageBarBody, MessageBarTitle, makeStyles, tokens } from '@fluentui/react-components';
import {
  ApiProblem,
  endpoints,
  limitReached,
  MAX_SETTINGS,
  type OtherSetting,
  type SettingInput,
  type SettingTrialInput,
  type SettingView,
} from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { CheckIcon, DeleteIcon, DismissIcon, PreviewIcon, SaveIcon } from '../../components/icons.ts';
import { Toolbar, ToolbarButton } from '../../components/toolbar.tsx';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';
import { CategoriesFieldset } from './categories-fieldset.tsx';
import { differences, sameSetting, settled } from './conflict-state.ts';
import { DeleteSetting } from './delete-setting.tsx';
import { DestinationsFieldset } from './destinations-fieldset.tsx';
import { LegalHold } from './legal-hold.tsx';
import {
  fieldOf,
  initialState,
  isChanged,
  toInput,
  toTrial,
  withoutErrors,
  type FieldErrors,
  type FormState,
  type Surroundings,
} from './form-state.ts';
import { HistoryField } from './history-field.tsx';
import { ShapingFields } from './shaping-fields.tsx';
import { useLeaveGuard } from './leave-guard.tsx';
import { focusFirstWrong, useVisited } from './use-visited.ts';

const SettingConflict = lazy(() => import('./setting-conflict.tsx'));
const FormTrials = lazy(() => import('./trials/form-trials.tsx'));
const VolumeAndCost = lazy(() => import('./volume-and-cost.tsx'));

interface Props {
  categories: readonly { name: string; description: string }[];
  /** The directory's other settings. */
  others: readonly OtherSetting[];
  /** Absent: a new setting. */
  setting?: SettingView;
  /** What a new setting begins with. */
  template?: SettingView;
  /** Leaves the form; `saved` says which setting was saved or deleted, for the list to announce. */
  onDone: (saved?: { name: string; what: 'saved' | 'deleted' }) => void;
}

/** Adds or edits one diagnostic setting. Everything is checked here first and by the server again, with the same words. */
export function SettingForm({ categories, others, setting, template, onDone }: Props) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  /** What the form was filled from: a later version replaces it only when the person has seen what changed. */
  const [base, setBase] = useState(setting);
  const [theirs, setTheirs] = useState<SettingView | null>(null);
  const start = useMemo(
    () =>
      initialState(
        categories.map((c) => c.name),
        base ?? template,
      ),
    [categories, base, template],
  );
  const [state, setState] = useState<FormState>(start);
  /** What the server said of the fields, until they change. */
  const [refused, setRefused] = useState<FieldErrors>({});
  /** How often a save was refused, here or by the server. From the first time on everything that is wrong is said. */
  const [refusals, setRefusals] = useState(0);
  const { visit, visited, handlers } = useVisited();
  const around = useMemo((): Surroundings => ({ others, saved: base ?? null }), [others, base]);
  const wrong = useMemo(() => toInput(state, around).errors ?? {}, [state, around]);
  const errors = { ...Object.fromEntries(Object.entries(wrong).filter(([field]) => refusals > 0 || visited(field))), ...refused };
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (refusals > 0 && form.current) focusFirstWrong(form.current);
  }, [refusals]);
  const [deleting, setDeleting] = useState(false);
  const [trial, setTrial] = useState<{ kind: 'check' | 'preview'; input: SettingTrialInput } | null>(null);
  const changed = isChanged(state, start);

  const save = useMutation({
    mutationFn: async (input: SettingInput) => {
      const put = (version: number | undefined) =>
        api.call(
          endpoints.settings.putSetting,
          { params: { name: state.name }, body: input },
          { headers: version === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` } },
        );
      try {
        await put(base?.version);
        return null;
      } catch (error) {
        if (!base || !(error instanceof ApiProblem) || error.problem.code !== 'setting.changed') throw error;
        const current = await api.call(endpoints.settings.getSetting, { params: { name: base.name } });
        if (!sameSetting(base, current)) return current;
        // A new version of the same, as a legal hold makes one: there is nothing to overwrite.
        await put(current.version);
        return null;
      }
    },
    onSuccess: async (changedByOther) => {
      if (changedByOther) {
        setTheirs(changedByOther);
        announce('Not saved. Somebody else changed this setting meanwhile.');
        return;
      }
      await queryClient.invalidateQueries({ queryKey: ['diagnostic-settings'] });
      guard.release();
      onDone({ name: state.name, what: 'saved' });
    },
    onError: (error) => {
      showRefused(error);
      setRefusals((n) => n + 1);
      announce(`Not saved. ${problemText(error)}`);
    },
  });
  /** At each field, what the server says about it. */
  const showRefused = (error: unknown) => {
    const found = error instanceof ApiProblem ? (error.problem.errors ?? []) : [];
    const ticked = Object.entries(state.categories)
      .filter(([, c]) => c.on)
      .map(([name]) => name);
    // Of several sentences on one field the first is the one that the form would say.
    setRefused(Object.fromEntries(found.toReversed().map((e) => [fieldOf(e.path.split('.'), ticked), e.message])));
  };
  const guard = useLeaveGuard(changed && !save.isPending);

  const change = (part: Partial<FormState>) => {
    setState((before) => ({ ...before, ...part }));
    setRefused((before) => withoutErrors(before, Object.keys(part) as (keyof FormState)[]));
    visit(...decided(state, part));
  };
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const { input, errors: found } = toInput(state, around);
    setRefused({});
    setTheirs(null);
    if (input) return save.mutate(input);
    const count = Object.keys(found).length;
    announce(`Not saved: ${count} ${count === 1 ? 'field needs' : 'fields need'} attention.`);
    setRefusals((n) => n + 1);
  };
  const tryOut = (kind: 'check' | 'preview') => {
    const { input, errors: found } = toTrial(state, base?.name);
    setRefused(found ?? {});
    if (input) setTrial({ kind, input });
    else announce(`Not ${kind === 'check' ? 'checked' : 'previewed'}: ${Object.keys(found ?? {}).length} fields need attention.`);
  };

  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.form} {...handlers}>
      <Toolbar label="Diagnostic setting">
        <ToolbarButton icon={<SaveIcon />} disabled={save.isPending || (setting !== undefined && !changed)} onClick={() => submit()}>
          {save.isPending ? 'Saving …' : 'Save'}
        </ToolbarButton>
        <ToolbarButton icon={<DismissIcon />} disabled={save.isPending} onClick={() => onDone()}>
          Discard
        </ToolbarButton>
        <ToolbarButton icon={<DeleteIcon />} disabled={save.isPending || !setting} onClick={() => setDeleting(true)}>
          Delete
        </ToolbarButton>
        <ToolbarButton icon={<CheckIcon />} disabled={save.isPending} onClick={() => tryOut('check')}>
          Check
        </ToolbarButton>
        <ToolbarButton icon={<PreviewIcon />} disabled={save.isPending} onClick={() => tryOut('preview')}>
          Preview
        </ToolbarButton>
      </Toolbar>
      {trial ? (
        <Suspense>
          <FormTrials {...trial} onClose={() => setTrial(null)} onRefused={showRefused} />
        </Suspense>
      ) : null}

      {save.error ? (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>The setting was not saved.</MessageBarTitle>
            {problemText(save.error)}
          </MessageBarBody>
        </MessageBar>
      ) : null}

      {!setting && others.length >= MAX_SETTINGS && !save.error ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{limitReached(MAX_SETTINGS)}</MessageBarBody>
        </MessageBar>
      ) : null}

      {theirs && base ? (
        <Suspense>
          <SettingConflict
            differences={differences(base, theirs, mine(state) ?? theirs)}
            version={theirs.version}
            onTheirs={() => {
              setState(initialState(Object.keys(state.categories), theirs));
              setBase(theirs);
              setTheirs(null);
              announce('Shows what the other saved.');
            }}
            onMine={() => {
              setBase(theirs);
              setTheirs(null);
              announce('Your changes are kept. Save them when you have looked them over.');
            }}
          />
        </Suspense>
      ) : null}

      <Field
        label="Diagnostic setting name"
        required
        data-field="name"
        className={styles.name}
        hint={setting ? 'The name cannot be changed.' : undefined}
        {...(errors['name'] && { validationState: 'error', validationMessage: errors['name'] })}
      >
        <Input value={state.name} disabled={setting !== undefined} onChange={(_, d) => change({ name: d.value })} maxLength={300} />
      </Field>
      <div className={styles.columns}>
        <CategoriesFieldset categories={categories} state={state} errors={errors} onChange={change} />
        <DestinationsFieldset state={state} errors={errors} secrets={setting?.secrets ?? []} onChange={change} />
      </div>
      <div className={styles.more}>
        <ShapingFields value={state.shaping} errors={errors} onChange={(shaping) => change({ shaping })} />
        <HistoryField
          value={state.historyFrom}
          editing={setting !== undefined}
          error={errors['includeHistoryFrom']}
          onChange={(historyFrom) => change({ historyFrom })}
        />
      </div>
      <Suspense fallback={<LoadingRows label="Loading volume and cost" rows={3} />}>
        <VolumeAndCost state={state} />
      </Suspense>
      {setting ? <LegalHold setting={setting} /> : null}
      {setting ? (
        <DeleteSetting
          name={setting.name}
          open={deleting}
          onClose={() => setDeleting(false)}
          onDeleted={() => {
            guard.release();
            onDone({ name: setting.name, what: 'deleted' });
          }}
        />
      ) : null}
      {guard.dialog}
    </form>
  );
}

/** Fields whose value is decided with one click: what is wrong with it need not wait. */
function decided(state: FormState, part: Partial<FormState>): string[] {
  const { categories, storage, eventHub, logAnalytics, partner } = part;
  return [
    ...(categories && Object.keys(categories).some((name) => categories[name]!.on !== state.categories[name]!.on) ? ['categories'] : []),
    ...([storage, eventHub, logAnalytics, partner].some((d) => d && !d.on) ? ['destinations'] : []),
    ...(storage?.storageAccountId ? ['destinations.storage.storageAccountId'] : []),
    ...(eventHub?.authorizationRuleId ? ['destinations.eventHub.authorizationRuleId'] : []),
    ...(logAnalytics?.workspaceId ? ['destinations.logAnalytics.workspaceId'] : []),
  ];
}

/** What the form holds, as it would be saved; null while something in it is wrong. */
function mine(state: FormState) {
  const { input } = toInput(state);
  return input && settled(input);
}

const useStyles = makeStyles({
  form: { display: 'grid', rowGap: tokens.spacingVerticalL, maxWidth: '1120px', minWidth: 0 },
  name: { maxWidth: '480px' },
  more: { display: 'grid', rowGap: tokens.spacingVerticalM, minWidth: 0 },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalXXXL,
    rowGap: tokens.spacingVerticalXXL,
    '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
});
