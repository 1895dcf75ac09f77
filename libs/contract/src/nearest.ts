/** Further off than this a name is another name and no slip. */
const SLIPS = 3;
const LONGEST = 64;

/** @returns the known name that somebody probably meant, if one is near enough */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined;
  const ranked = known
    .map((each) => ({ each, slips: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, slips }) => slips <= Math.min(SLIPS, each.length / 2))
    .sort((a, b) => a.slips - b.slips);
  return ranked[0]?.each;
}

/** How many characters must be put in, taken out or replaced (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (b[j] === a[i] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
