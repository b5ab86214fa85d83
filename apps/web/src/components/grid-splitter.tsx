import { makeResetStyles, tokens } from '@fluentui/react-components';
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

interface Props {
  title: string;
  /** As it was given; without it, as it is drawn. */
  width: number | undefined;
  min: number;
  max: number;
  tabbable: boolean;
  /** While it is dragged. */
  onDrag: (width: number) => void;
  onResize: (width: number) => void;
  /** A double click, or Enter. */
  onFit: () => void;
  /** Esc. */
  onLeave: () => void;
}
const STEP = 16;
const LEAP = 80;

/** The end edge of a column's heading: dragged, or moved by the arrow keys. https://www.w3.org/WAI/ARIA/apg/patterns/windowsplitter/ */
export function GridSplitter({ title, width, min, max, tabbable, onDrag, onResize, onFit, onLeave }: Props) {
  const splitter = useSplitter();
  const [drawn, setDrawn] = useState(min);
  const from = useRef<{ x: number; width: number; to?: number } | null>(null);
  const measure = (event: { currentTarget: Element }) => Math.round(event.currentTarget.parentElement!.getBoundingClientRect().width);
  const within = (wanted: number) => Math.round(Math.max(min, Math.min(max, wanted)));
  const side = (event: { currentTarget: Element }) => (getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const now = measure(event);
    const by = (event.shiftKey ? LEAP : STEP) * side(event);
    const wanted: Record<string, number> = { ArrowLeft: now - by, ArrowRight: now + by, Home: min, End: max };
    const next = wanted[event.key];
    if (next === undefined && event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (next !== undefined) onResize(within(next));
    else if (event.key === 'Enter') onFit();
    else onLeave();
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width: measure(event) };
  };
  const onPointerMove = (event: PointerEvent) => {
    const start = from.current;
    if (!start || (start.to === undefined && Math.abs(event.clientX - start.x) < 3)) return;
    start.to = within(start.width + (event.clientX - start.x) * side(event));
    onDrag(start.to);
  };
  const onPointerEnd = () => {
    const to = from.current?.to;
    from.current = null;
    if (to !== undefined) onResize(to);
  };
  const value = width ?? drawn;
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${title}`}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuetext={`${value} pixels`}
      tabIndex={tabbable ? 0 : -1}
      className={splitter}
      onFocus={(event) => setDrawn(measure(event))}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerEnd}
      onPointerCancel={onPointerEnd}
      onDoubleClick={onFit}
      // The heading around it is dragged to move the column.
      draggable
      onDragStart={(event) => {
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}

const useSplitter = makeResetStyles({
  position: 'absolute',
  insetInlineEnd: 0,
  top: 0,
  bottom: 0,
  width: '9px',
  cursor: 'col-resize',
  touchAction: 'none',
  boxSizing: 'border-box',
  borderInlineEnd: `1px solid ${tokens.colorNeutralStroke2}`,
  ':hover': { borderInlineEnd: `3px solid ${tokens.colorNeutralStroke1Hover}` },
  ':focus-visible': { outlineStyle: 'none', borderInlineEnd: `4px solid ${tokens.colorStrokeFocus2}` },
  '@media (forced-colors: active)': { ':focus-visible': { borderInlineEnd: '4px solid Highlight' } },
});
