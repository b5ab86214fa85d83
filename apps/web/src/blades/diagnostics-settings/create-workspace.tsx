import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Dropdown,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Option,
  Spinner,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { endpoints, type AzureResource } from '@weir/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../lib/api.ts';
import { fieldErrors, problemText } from '../../lib/problem.ts';
import { resourceGroupsQuery } from './api.ts';

/** "Create workspace", in place: the new workspace is chosen as soon as it is ready. */
export function CreateWorkspace({ subscriptionId, onCreated }: { subscriptionId: string; onCreated: (workspace: AzureResource) => void }) {
  const styles = useStyles();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [group, setGroup] = useState('');
  const groups = useQuery({ ...resourceGroupsQuery(subscriptionId), enabled: open && subscriptionId !== '' });
  const location = groups.data?.items.find((g) => g.name === group)?.location ?? '';
  const create = useMutation({
    mutationFn: () => api.call(endpoints.azure.createWorkspace, { body: { subscriptionId, resourceGroup: group, name, location } }),
    onSuccess: async (workspace) => {
      await queryClient.invalidateQueries({ queryKey: ['azure', 'workspaces'] });
      onCreated(workspace);
      setOpen(false);
      setName('');
    },
  });
  const errors = fieldErrors(create.error);

  return (
    <Dialog open={open} onOpenChange={(_, data) => (create.isPending ? undefined : setOpen(data.open))}>
      <DialogTrigger disableButtonEnhancement>
        <Button appearance="transparent" className={styles.link} disabled={subscriptionId === ''}>
          Create workspace
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
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
              <Field
                label="Resource group"
                required
                {...(errors['resourceGroup'] && { validationState: 'error', validationMessage: errors['resourceGroup'] })}
              >
                <Dropdown
                  placeholder={groups.isPending ? 'Loading …' : 'Select'}
                  value={group}
                  selectedOptions={[group]}
                  onOptionSelect={(_, d) => setGroup(d.optionValue ?? '')}
                >
                  {(groups.data?.items ?? []).map((g) => (
                    <Option key={g.name} value={g.name} text={g.name}>
                      {`${g.name} (${g.location})`}
                    </Option>
                  ))}
                </Dropdown>
              </Field>
              <Field
                label="Name"
                required
                hint="4 to 63 letters, digits or dashes."
                {...(errors['name'] && { validationState: 'error', validationMessage: errors['name'] })}
              >
                <Input value={name} onChange={(_, d) => setName(d.value)} disabled={create.isPending} />
              </Field>
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
