import { useEffect, useEffectEvent, useRef, type RefObject } from 'react';

/** The list counts as scrolled from here on, in pixels. */
const NEAR_TOP = 18;

/**
 * Says when somebody reads rows that must not move: the list is scrolled down, a row has the focus or is being pressed, or one
 * is open.
 */
export function useReading(
  scroller: RefObject<HTMLElement | null>,
  open: boolean,
  onReading: ((reading: boolean) => void) | undefined,
): void {
  const pressed = useRef(false);
  const look = useEffectEvent(() => {
    const list = scroller.current;
    if (list)
      onReading?.(open || pressed.current || list.scrollTop > NEAR_TOP || (document.activeElement?.hasAttribute('data-row') ?? false));
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
    look();
    list.addEventListener('scroll', now, { passive: true });
    list.addEventListener('focusin', now);
    list.addEventListener('focusout', later);
    list.addEventListener('pointerdown', press);
    addEventListener('pointerup', lift);
    addEventListener('pointercancel', lift);
    return () => {
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
