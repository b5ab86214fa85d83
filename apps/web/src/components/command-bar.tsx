import {
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Overflow,
  OverflowItem,
  makeStyles,
  tokens,
  useIsOverflowItemVisible,
  useOverflowMenu,
} from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { ExpandIcon, MoreIcon } from './icons.ts';
import { Toolbar, ToolbarButton } from './toolbar.tsx';

interface Choice {
  label: string;
  onClick: () => void;
}
export interface Command {
  id: string;
  label: string;
  icon: ReactElement;
  disabled?: boolean;
  onClick?: () => void;
  /** Instead of `onClick`: what the button opens. `long` is the label when the button itself does not fit. */
  choices?: readonly (Choice & { long: string })[];
}

/** The row of commands above a list; what does not fit goes under "More". */
export function CommandBar({ label, commands }: { label: string; commands: readonly Command[] }) {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      <Overflow padding={48}>
        <div className={styles.bar}>
          <Toolbar label={label} className={styles.row}>
            {commands.map((command) => (
              <OverflowItem key={command.id} id={command.id}>
                {command.choices ? <ChoiceButton command={command} choices={command.choices} /> : <PlainButton command={command} />}
              </OverflowItem>
            ))}
            <More commands={commands} />
          </Toolbar>
        </div>
      </Overflow>
    </div>
  );
}

interface ButtonProps {
  command: Command;
  ref?: React.Ref<HTMLButtonElement>;
  className?: string;
}
// A command that is at work keeps the focus: whoever pressed it would be nowhere.
// Both pass on what OverflowItem gives them: the ref and the attribute that hides them.
function PlainButton({ command, ...rest }: ButtonProps) {
  return (
    <ToolbarButton {...rest} icon={command.icon} onClick={command.onClick} disabledFocusable={command.disabled ?? false}>
      {command.label}
    </ToolbarButton>
  );
}
function ChoiceButton({ command, choices, ...rest }: ButtonProps & { choices: readonly Choice[] }) {
  const styles = useStyles();
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <ToolbarButton {...rest} icon={command.icon} disabledFocusable={command.disabled ?? false}>
          {command.label}
          <ExpandIcon aria-hidden className={styles.expand} />
        </ToolbarButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {choices.map((choice) => (
            <MenuItem key={choice.label} onClick={choice.onClick}>
              {choice.label}
            </MenuItem>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function More({ commands }: { commands: readonly Command[] }) {
  const { ref, isOverflowing } = useOverflowMenu<HTMLButtonElement>();
  if (!isOverflowing) return null;
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <ToolbarButton ref={ref} icon={<MoreIcon />} aria-label="More commands" />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {commands.map((command) => (
            <MoreItem key={command.id} command={command} />
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
function MoreItem({ command }: { command: Command }) {
  if (useIsOverflowItemVisible(command.id)) return null;
  if (command.choices) {
    return command.choices.map((choice) => (
      <MenuItem key={choice.label} icon={command.icon} disabled={command.disabled ?? false} onClick={choice.onClick}>
        {choice.long}
      </MenuItem>
    ));
  }
  return (
    <MenuItem icon={command.icon} disabled={command.disabled ?? false} onClick={command.onClick}>
      {command.label}
    </MenuItem>
  );
}

const useStyles = makeStyles({
  // Overflow measures its container: that needs a hard width.
  frame: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', minWidth: 0, marginInline: `calc(-1 * ${tokens.spacingHorizontalS})` },
  bar: { display: 'flex', minWidth: 0, overflow: 'hidden' },
  expand: { marginInlineStart: tokens.spacingHorizontalXS },
  row: { display: 'flex', flexWrap: 'nowrap', minWidth: 0 },
});
