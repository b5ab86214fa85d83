import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { useLayoutEffect, useRef, type ComponentProps, type KeyboardEvent, type ReactNode } from 'react';

const buttons = (bar: HTMLElement): HTMLElement[] =>
  [...bar.querySelectorAll<HTMLElement>('button:not(:disabled), a[href]')].filter(
    (b) => b.closest('[data-overflowing]') === null && b.getClientRects().length > 0,
  );

/**
 * A row of commands: one tab stop, arrows inside. Takes the place of Fluent's, whose focus guards (focusable, hidden from
 * screen readers) accessibility checks report.
 */
export function Toolbar({ label, children, className }: { label: string; children: ReactNode; className?: string | undefined }) {
  const styles = useStyles();
  const bar = useRef<HTMLDivElement>(null);
  const stop = (at: HTMLElement | undefined) => {
    for (const button of bar.current?.querySelectorAll<HTMLElement>('button, a[href]') ?? []) button.tabIndex = button === at ? 0 : -1;
  };
  useLayoutEffect(() => {
    const stops = [...bar.current!.querySelectorAll<HTMLElement>('button, a[href]')].filter((b) => b.tabIndex === 0);
    // Measuring all of them would lay out the page with each change of it.
    if (stops.length === 1 && stops[0]!.matches(':enabled, a') && !stops[0]!.closest('[data-overflowing]')) return;
    const all = buttons(bar.current!);
    stop(all.find((b) => b.tabIndex === 0 && b === document.activeElement) ?? all.find((b) => b.tabIndex === 0) ?? all[0]);
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const all = buttons(bar.current!);
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const rtl = getComputedStyle(bar.current!).direction === 'rtl' ? -1 : 1;
    const steps: Record<string, number> = { ArrowRight: at + rtl, ArrowLeft: at - rtl, Home: 0, End: all.length - 1 };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const target = all[(next + all.length) % all.length];
    stop(target);
    target?.focus();
  };
  return (
    <div ref={bar} role="toolbar" aria-label={label} className={className ?? styles.bar} onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}

/** A command of a toolbar. */
export function ToolbarButton(props: ComponentProps<typeof Button>) {
  const styles = useStyles();
  return <Button appearance="subtle" {...props} className={styles.button} />;
}

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalS})` },
  button: {
    minWidth: 'auto',
    fontWeight: tokens.fontWeightRegular,
    paddingInline: tokens.spacingHorizontalS,
    whiteSpace: 'nowrap',
    flexShrink: 0,
  },
});
