import { useEffect, useRef, useState, type FocusEvent, type FormEvent } from 'react';

/** After a press has ended, so long until the page may move. */
const CLICK_MS = 50;
/** After so long without a key, what is wrong in a field is said. */
const PAUSE_MS = 800;
const fieldOf = (target: EventTarget): string | undefined =>
  target instanceof Element ? (target.closest<HTMLElement>('[data-field]')?.dataset['field'] ?? undefined) : undefined;

/**
 * Which fields somebody has worked on: only of these is said what is wrong, so that nothing shouts at the first letter. A field
 * counts once it was left, or when its typist pauses; `data-field` names it, as the API does.
 */
export function useVisited() {
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const pressed = useRef(false);
  useEffect(() => {
    const press = ({ type }: PointerEvent) => void (pressed.current = type === 'pointerdown');
    const kinds = ['pointerdown', 'pointerup', 'pointercancel'] as const;
    for (const kind of kinds) window.addEventListener(kind, press, true);
    return () => {
      clearTimeout(timer.current);
      for (const kind of kinds) window.removeEventListener(kind, press, true);
    };
  }, []);
  const visit = (...fields: readonly string[]) =>
    setVisited((before) => (fields.every((f) => before.has(f)) ? before : new Set([...before, ...fields])));
  return {
    visit,
    visited: (field: string): boolean => visited.has(field),
    handlers: {
      onBlur: (event: FocusEvent) => {
        const field = fieldOf(event.target);
        // Inside one field, such as from the box to its list, nobody has left it.
        if (field === undefined || (event.relatedTarget && fieldOf(event.relatedTarget) === field)) return;
        if (!pressed.current) return visit(field);
        // The sentence moves what stands below it: what is being pressed must not slip away before it is let go.
        window.addEventListener('pointerup', () => setTimeout(() => visit(field), CLICK_MS), { once: true });
      },
      onInput: (event: FormEvent) => {
        const field = fieldOf(event.target);
        clearTimeout(timer.current);
        const target = event.target as HTMLInputElement;
        // A box with a list is searched in, and its value is what was picked.
        if (field === undefined || target.role === 'combobox') return;
        if (target.value !== '') timer.current = setTimeout(() => visit(field), PAUSE_MS);
      },
    },
  };
}

/** The first field that is wrong, as it stands on the page, gets the focus. */
export function focusFirstWrong(form: HTMLElement): void {
  const wrong = form.querySelector<HTMLElement>('[aria-invalid="true"], [data-wrong]');
  const target = wrong?.matches('[data-wrong]') ? wrong.querySelector<HTMLElement>('input, button, select') : wrong;
  target?.focus();
  target?.scrollIntoView({ block: 'center' });
}
