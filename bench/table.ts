export type Row = readonly string[];

/** Columns of even width, as text that reads well on a terminal; numbers, the columns from `firstNumber`, to the right. */
export function toTable(rows: readonly Row[], firstNumber: number): string {
  const widths = columnWidths(rows);
  return rows.map((row) => padRow(row, widths, firstNumber).join("  ").trimEnd()).join("\n");
}

/** The same as a Markdown table. */
export function toMarkdown([head = [], ...rows]: readonly Row[], firstNumber: number): string {
  const line = (row: Row) => `| ${row.join(" | ")} |`;
  const rule = head.map((_, column) => (column < firstNumber ? "---" : "---:"));
  return [head, rule, ...rows].map(line).join("\n");
}

function columnWidths(rows: readonly Row[]): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: count }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
}

function padRow(row: Row, widths: readonly number[], firstNumber: number): Row {
  return row.map((cell, column) => {
    const width = widths[column] ?? 0;
    return column < firstNumber ? cell.padEnd(width) : cell.padStart(width);
  });
}
