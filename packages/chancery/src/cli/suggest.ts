/** Finds the known word that was probably meant, or undefined if none is near. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    const limit = Math.max(1, Math.floor(candidate.length / 3));
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { word: candidate, distance };
  }
  return best?.word;
}

/** `did you mean "…"?`; undefined if no known word is near. */
export function meant(word: string, known: Iterable<string>): string | undefined {
  const found = suggest(word, known);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

/** `; did you mean "…"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const hint = meant(word, known);
  return hint === undefined ? "" : `; ${hint}`;
}

/** How many letters to insert, drop, change or swap with the next: the optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, isSwap ? at(i - 2, j - 2) + 1 : change));
    }
  }
  return at(a.length, b.length);
}
