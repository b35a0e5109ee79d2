/** Places values along an axis, each decade as long as the other. */
export interface LogScale {
  readonly range: readonly [from: number, to: number];
  /** 1, 3, 10, 30, …: the first and the last are the ends of the axis. */
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** An axis from the tick below the least value to the one above the greatest. The values are above zero. */
export function toLogScale(values: readonly number[], range: readonly [number, number]): LogScale {
  if (values.length === 0 || values.some((value) => !(value > 0 && Number.isFinite(value)))) {
    throw new RangeError(`Cannot draw ${values.join(", ") || "nothing"} on a logarithmic axis`);
  }
  const ticks = ticksAround(Math.min(...values), Math.max(...values));
  const [first = 1, last = first] = [ticks[0], ticks.at(-1)];
  const [from, to] = range;
  const place = (value: number) => from + ((to - from) * Math.log(value / first)) / Math.log(last / first);
  return { range, ticks, place };
}

/** Those ticks that begin a decade. */
export function decadesOf(ticks: readonly number[]): readonly number[] {
  return ticks.filter((tick) => Number.isInteger(Math.log10(tick)));
}

function ticksAround(least: number, greatest: number): readonly number[] {
  const exponents = range(Math.floor(Math.log10(least)), Math.ceil(Math.log10(greatest)) + 1);
  const all = exponents.flatMap((exponent) => [Number(`1e${exponent}`), Number(`3e${exponent}`)]);
  const first = all.findLastIndex((tick) => tick <= least);
  const last = all.findIndex((tick) => tick >= greatest && tick > least);
  return all.slice(first, last + 1);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
