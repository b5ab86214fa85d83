/** Cells as a reader of RFC 4180 takes them. */
export function cells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (quoted && text[i] === '"' && text[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text[i] === ',') {
      row.push(cell);
      cell = '';
    } else if (!quoted && text[i] === '\r' && text[i + 1] === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
      i += 1;
    } else cell += text[i];
  }
  return rows;
}
