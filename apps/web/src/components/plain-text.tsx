import { makeStyles, tokens } from '@fluentui/react-components';
import { visibleParts, visibleText } from '@weir/contract';

/** So many marked characters are worth a look of their own; more are only written out. */
const MARKED = 200;

/**
 * A text from outside, just as it is: its direction stays its own, and characters that cannot be seen (controls, marks that
 * turn the direction around) stand there by their number.
 */
export function PlainText({ text }: { text: string }) {
  const styles = useStyles();
  const parts = visibleParts(text);
  if (parts.length === 1 && !parts[0]!.hidden) return <bdi>{text}</bdi>;
  if (parts.length > MARKED) return <bdi>{visibleText(text)}</bdi>;
  return (
    <bdi>
      {parts.map((part, index) =>
        part.hidden ? (
          <span key={index} className={styles.hidden} title="A character that cannot be seen">
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}

const useStyles = makeStyles({
  hidden: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '0.85em',
    padding: '0 2px',
    border: `1px solid ${tokens.colorNeutralStrokeAccessible}`,
    borderRadius: tokens.borderRadiusSmall,
  },
});
