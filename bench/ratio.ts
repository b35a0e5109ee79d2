/** How one figure stands to another, as people say it: `1/40`, `0.83`, `1.2`; a dash where one of them is not there. */
export function formatRatio(ours: number | undefined, theirs: number | undefined): string {
  if (ours === undefined || theirs === undefined || !(ours > 0) || !(theirs > 0)) return "–";
  const ratio = ours / theirs;
  if (ratio > 0.5) return ratio.toFixed(ratio < 9.95 ? 2 : 0);
  const times = 1 / ratio;
  return `1/${times.toFixed(times < 9.95 ? 1 : 0)}`;
}
