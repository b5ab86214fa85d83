import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { ApiProblem, endpoints } from '@weir/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { DeleteIcon } from '../../components/icons.ts';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';
import { viewsQuery } from './api.ts';
import type { AuditLogsSearch } from './search.ts';

interface Props {
  search: AuditLogsSearch;
  onClose: () => void;
}

/** Saves what is shown under a name, and lists one's own views for deleting. */
export default function SavedViews({ search, onClose }: Props) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [opens, setOpens] = useState(false);
  const { data } = useQuery(viewsQuery());
  const changed = () => queryClient.invalidateQueries({ queryKey: viewsQuery().queryKey });
  const { q, range, from, to, values, by, columns, order } = search;
  const save = useMutation({
    mutationFn: () =>
      api.call(endpoints.views.createView, {
        body: {
          name,
          shared,
          default: opens,
          search: {
            ...(q && { q }),
            ...(range && { range }),
            ...(from && { from }),
            ...(to && { to }),
            ...(values && { values }),
            ...(by && { by }),
            ...(columns && { columns }),
            ...(order && { order }),
          },
        },
      }),
    onSuccess: async () => {
      await changed();
      announce(`View ${name} saved`);
      onClose();
    },
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.call(endpoints.views.deleteView, { params: { id } }),
    onSuccess: async () => {
      await changed();
      announce('View deleted');
    },
  });
  const beside = save.error instanceof ApiProblem ? save.error.problem.errors?.find((e) => e.path === 'name')?.message : undefined;
  const mine = data?.items.filter((v) => v.mine) ?? [];
  return (
    <Dialog open onOpenChange={(_, { open }) => (open ? undefined : onClose())}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>Views</DialogTitle>
            <DialogContent className={styles.content}>
              {save.error && !beside ? (
                <MessageBar intent="error">
                  <MessageBarBody>{problemText(save.error)}</MessageBarBody>
                </MessageBar>
              ) : null}
              <Field label="Save what is shown as" required {...(beside && { validationState: 'error', validationMessage: beside })}>
                <Input value={name} maxLength={100} onChange={(_, d) => setName(d.value)} />
              </Field>
              <Checkbox label="Share with the directory" checked={shared} onChange={(_, d) => setShared(d.checked === true)} />
              <Checkbox label="Open Audit logs with this view" checked={opens} onChange={(_, d) => setOpens(d.checked === true)} />
              {mine.length > 0 ? (
                <>
                  <Text as="h3" weight="semibold" className={styles.heading}>
                    Views of yours
                  </Text>
                  <ul className={styles.list}>
                    {mine.map((view) => (
                      <li key={view.id} className={styles.row}>
                        <span className={styles.name}>
                          {view.name}
                          <span className={styles.note}>
                            {[view.shared && 'shared', view.default && 'opens first'].filter(Boolean).join(', ')}
                          </span>
                        </span>
                        <Button
                          appearance="subtle"
                          size="small"
                          icon={<DeleteIcon />}
                          aria-label={`Delete view ${view.name}`}
                          disabled={remove.isPending}
                          onClick={() => remove.mutate(view.id)}
                        />
                      </li>
                    ))}
                  </ul>
                  {remove.error ? <Text>{problemText(remove.error)}</Text> : null}
                </>
              ) : null}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Close</Button>
              <Button appearance="primary" type="submit" disabled={save.isPending || name.trim() === ''}>
                {save.isPending ? 'Saving …' : 'Save'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

const useStyles = makeStyles({
  content: { display: 'grid', rowGap: tokens.spacingVerticalS },
  heading: { margin: `${tokens.spacingVerticalM} 0 0` },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  row: { display: 'flex', alignItems: 'center', justifyContent: 'space-between' },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  note: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, marginInlineStart: tokens.spacingHorizontalS },
});
