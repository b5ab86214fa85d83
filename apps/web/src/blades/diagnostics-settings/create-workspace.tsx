import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Spinner,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { endpoints, newWorkspace, type AzureResource } from '@weir/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { api } from '../../lib/api.ts';
import { fieldErrors, problemText } from '../../lib/problem.ts';
import { resourceGroupsQuery } from './api.ts';
import { PickerBox } from './picker-box.tsx';
import { useVisited } from './use-visited.ts';

/** So many resource groups are shown at first; a search looks at all of them. */
const SHOWN = 100;

/** "Create workspace", in place: the new workspace is chosen as soon as it is ready. */
export function CreateWorkspace({ subscriptionId, onCreated }: { subscriptionId: string; onCreated: (workspace: AzureResource) => void }) {
  const styles = useStyles();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [group, setGroup] = useState('');
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(SHOWN);
  const { visit, visited, handlers } = useVisited();
  const announce = useAnnounce();
  const groups = useQuery({ ...resourceGroupsQuery(subscriptionId), enabled: open && subscriptionId !== '' });
  const location = groups.data?.items.find((g) => g.name === group)?.location ?? '';
  const create = useMutation({
    mutationFn: () => api.call(endpoints.azure.createWorkspace, { body: { subscriptionId, resourceGroup: group, name, location } }),
    onSuccess: async (workspace) => {
      await queryClient.invalidateQueries({ queryKey: ['azure', 'workspaces'] });
      onCreated(workspace);
      announce(`Workspace ${workspace.name} was created and chosen.`);
      setOpen(false);
      setName('');
    },
  });
  const errors = fieldErrors(create.error);
  const checked = newWorkspace.shape.name.safeParse(name);
  const wrongName = errors['name'] ?? (visited('name') && name !== '' && !checked.success ? checked.error.issues[0]!.message : undefined);
  const found = (groups.data?.items ?? []).filter((g) => g.name.toLowerCase().includes(search.trim().toLowerCase()));

  return (
    <Dialog open={open} onOpenChange={(_, data) => (create.isPending ? undefined : setOpen(data.open))}>
      <DialogTrigger disableButtonEnhancement>
        <Button appearance="transparent" className={styles.link} disabled={subscriptionId === ''}>
          Create workspace
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <form
          {...handlers}
          onSubmit={(event) => {
            // The dialog stands inside the form of the setting, which is not meant.
            event.preventDefault();
            event.stopPropagation();
            visit('name');
            if (!checked.success || group === '') return;
            announce('Creating the workspace. This takes up to two minutes.');
            create.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>Create Log Analytics workspace</DialogTitle>
            <DialogContent className={styles.fields}>
              {create.error && Object.keys(errors).length === 0 ? (
                <MessageBar intent="error">
                  <MessageBarBody>{problemText(create.error)}</MessageBarBody>
                </MessageBar>
              ) : null}
              <PickerBox
                label="Resource group"
                overDialog
                hint={location === '' ? undefined : `The workspace is made in ${location}, the region of this group.`}
                error={groups.error ? problemText(groups.error) : errors['resourceGroup']}
                disabled={create.isPending}
                placeholder={groups.isPending ? 'Loading …' : 'Select'}
                value={group}
                shown={group}
                options={found.slice(0, shown).map((g) => ({ id: g.name, name: g.name, detail: g.location, unavailable: null }))}
                total={found.length}
                busy={groups.isPending}
                onSearch={(text) => setSearch(text ?? '')}
                onMore={() => setShown((n) => (n < found.length ? n + SHOWN : n))}
                onChange={setGroup}
              />
              <Field
                label="Name"
                required
                data-field="name"
                hint={wrongName ? undefined : '4 to 63 letters, digits or dashes.'}
                {...(wrongName && { validationState: 'error', validationMessage: wrongName })}
              >
                <Input
                  value={name}
                  onChange={(_, d) => setName(d.value)}
                  disabled={create.isPending}
                  autoComplete="off"
                  spellCheck={false}
                />
              </Field>
              {create.isPending ? (
                <Text size={200}>Azure is creating the workspace. This takes up to two minutes; it is chosen as soon as it is ready.</Text>
              ) : null}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={create.isPending}>Cancel</Button>
              </DialogTrigger>
              <Button
                type="submit"
                appearance="primary"
                disabled={create.isPending || name === '' || group === ''}
                icon={create.isPending ? <Spinner size="tiny" /> : null}
              >
                {create.isPending ? 'Creating …' : 'Create'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

const useStyles = makeStyles({
  link: { justifySelf: 'start', paddingLeft: 0, minWidth: 'auto', color: tokens.colorBrandForegroundLink },
  fields: { display: 'grid', rowGap: tokens.spacingVerticalL },
});
