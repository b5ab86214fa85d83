import { makeStyles, tokens } from '@fluentui/react-components';
import { useRef, type KeyboardEvent, type PointerEvent } from 'react';

interface Props {
  /** What it resizes, for screen readers. */
  label: string;
  /** Width in pixels of what lies at its end side, and its bounds. */
  width: number;
  min: number;
  max: number;
  onChange: (width: number) => void;
  /** A double click, or Enter. */
  onReset: () => void;
}
const STEP = 16;
const LEAP = 80;

/** The edge of a pane at the right: dragged, or moved by the arrow keys. https://www.w3.org/WAI/ARIA/apg/patterns/windowsplitter/ */
export function ResizeHandle({ label, width, min, max, onChange, onReset }: Props) {
  const styles = useStyles();
  const from = useRef<{ x: number; width: number } | null>(null);
  const to = (wanted: number) => onChange(Math.round(Math.max(min, Math.min(max, wanted))));
  const side = (event: { currentTarget: Element }) => (getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = (event.shiftKey ? LEAP : STEP) * side(event);
    const wanted: Record<string, number> = { ArrowLeft: width + by, ArrowRight: width - by, Home: min, End: max };
    const next = wanted[event.key];
    if (next === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    if (next === undefined) onReset();
    else to(next);
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (from.current) to(from.current.width + (from.current.x - event.clientX) * side(event));
  };
  const onPointerEnd = () => {
    from.current = null;
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuetext={`${width} pixels`}
      tabIndex={0}
      className={styles.handle}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerEnd}
      onPointerCancel={onPointerEnd}
      onDoubleClick={onReset}
    />
  );
}

const useStyles = makeStyles({
  handle: {
    position: 'absolute',
    insetInlineStart: '-1px',
    top: 0,
    bottom: 0,
    width: '8px',
    zIndex: 10,
    cursor: 'col-resize',
    touchAction: 'none',
    borderInlineStartWidth: '3px',
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: 'transparent',
    ':hover': { borderInlineStartColor: tokens.colorNeutralStroke1Hover },
    ':active': { borderInlineStartColor: tokens.colorCompoundBrandStroke },
    ':focus-visible': { outlineStyle: 'none', borderInlineStartColor: tokens.colorStrokeFocus2 },
    '@media (forced-colors: active)': {
      borderInlineStartColor: 'Canvas',
      ':focus-visible': { borderInlineStartColor: 'Highlight' },
    },
  },
});
