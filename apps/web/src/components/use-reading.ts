import { useEffect, useEffectEvent, useRef, type RefObject } from 'react';

/** The list counts as scrolled from here on, in pixels. */
const NEAR_TOP = 18;
/** A pointer that rests for so long points at nothing any more. */
const REST_MS = 4_000;
/** What shows that the reading is over may happen elsewhere, such as in a menu. */
const LOOK_MS = 1_000;

/**
 * Says when somebody reads rows that must not move: the list is scrolled down, the pointer moves over it, a row has the focus, is
 * being pressed or has its menu open, or one is open.
 */
export function useReading(
  scroller: RefObject<HTMLElement | null>,
  open: boolean,
  onReading: ((reading: boolean) => void) | undefined,
): void {
  const pressed = useRef(false);
  const movedAt = useRef(Number.NEGATIVE_INFINITY);
  const look = useEffectEvent(() => {
    const list = scroller.current;
    if (!list) return;
    const pointed = pressed.current || performance.now() - movedAt.current < REST_MS;
    const focused = document.activeElement?.closest('[data-row], [role="menu"]') != null;
    onReading?.(open || pointed || focused || list.scrollTop > NEAR_TOP);
  });
  useEffect(() => look(), [open]);
  useEffect(() => {
    const list = scroller.current;
    if (!list || !onReading) return;
    const now = () => look();
    // The focus is between two elements while it moves, and a click comes after the button is let go.
    const later = () => setTimeout(now);
    const press = () => {
      pressed.current = true;
      look();
    };
    const lift = () => {
      pressed.current = false;
      later();
    };
    const move = (event: PointerEvent) => {
      if (event.pointerType !== 'mouse') return;
      movedAt.current = performance.now();
      look();
    };
    const leave = () => {
      movedAt.current = Number.NEGATIVE_INFINITY;
      look();
    };
    look();
    const timer = setInterval(now, LOOK_MS);
    list.addEventListener('pointermove', move, { passive: true });
    list.addEventListener('pointerleave', leave);
    list.addEventListener('scroll', now, { passive: true });
    list.addEventListener('focusin', now);
    list.addEventListener('focusout', later);
    list.addEventListener('pointerdown', press);
    addEventListener('pointerup', lift);
    addEventListener('pointercancel', lift);
    return () => {
      clearInterval(timer);
      list.removeEventListener('pointermove', move);
      list.removeEventListener('pointerleave', leave);
      list.removeEventListener('scroll', now);
      list.removeEventListener('focusin', now);
      list.removeEventListener('focusout', later);
      list.removeEventListener('pointerdown', press);
      removeEventListener('pointerup', lift);
      removeEventListener('pointercancel', lift);
      onReading(false);
    };
  }, [scroller, onReading]);
}
